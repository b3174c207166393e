//! Which addresses may be connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of network an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// The public internet.
    Public,
    /// A private or otherwise not globally routed network.
    Private,
    /// This machine.
    Loopback,
    /// Never connected, whatever the config says; the reason in words.
    Never(&'static str),
}

/// Metadata services of clouds that lie outside link-local ranges: Alibaba, Azure's wire server,
/// Oracle Classic (IPv4).
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// Metadata services inside IPv6 unique-local ranges: AWS instance metadata, EKS pod identity,
/// Google, Scaleway, Alibaba.
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0x100, 0x100, 0x200),
];

const METADATA: AddressClass = AddressClass::Never("a cloud's metadata address");
const LINK_LOCAL: AddressClass = AddressClass::Never("a link-local address");
const NOT_A_HOST: AddressClass = AddressClass::Never("not the address of a host");

/// Classifies an address by the IANA special-purpose registries (RFC 6890 and its updates). An
/// IPv4 address that is wrapped in an IPv6 one counts as what is inside.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    if METADATA_V4.contains(&address) {
        return METADATA;
    }
    match address.octets() {
        [0 | 224..=255, ..] => NOT_A_HOST,
        [127, ..] => AddressClass::Loopback,
        [169, 254, ..] => LINK_LOCAL,
        [10, ..] | [192, 168, ..] => AddressClass::Private,
        [172, second, ..] if (16..32).contains(&second) => AddressClass::Private,
        // Carrier-grade NAT, RFC 6598.
        [100, second, ..] if (64..128).contains(&second) => AddressClass::Private,
        // Protocol assignments, documentation, 6to4 relays, benchmarks: not globally routed.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => AddressClass::Private,
        [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Private,
        _ => AddressClass::Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    if METADATA_V6.contains(&address) {
        return METADATA;
    }
    let parts = address.segments();
    let tail = || classify_v4(embedded(parts[6], parts[7]));
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0] => NOT_A_HOST,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // IPv4-mapped, IPv4-compatible, IPv4-translated (RFC 2765).
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => tail(),
        // NAT64, well-known and local-use prefixes (RFC 6052, RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => tail(),
        [0x64, 0xff9b, 1, ..] => AddressClass::Never("a local NAT64 address"),
        [0x2002, high, low, ..] => classify_v4(embedded(high, low)),
        [0x2001, 0, ..] => AddressClass::Never("a Teredo address"),
        [0x2001, 0xdb8, ..] => AddressClass::Private,
        [first, ..] => match first {
            0xfe80..=0xfebf => LINK_LOCAL,
            // Unique local (RFC 4193) and the former site-local range.
            0xfc00..=0xfdff | 0xfec0..=0xfeff => AddressClass::Private,
            0xff00..=0xffff => NOT_A_HOST,
            0x2000..=0x3fff => AddressClass::Public,
            // Everything outside 2000::/3 is reserved.
            _ => NOT_A_HOST,
        },
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> AddressClass {
        classify(text.parse().unwrap())
    }

    #[test]
    fn metadata_and_link_local_are_never_connected_in_any_spelling() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fe80::1",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "0.0.0.0",
            "::",
            "255.255.255.255",
            "224.0.0.1",
            "ff02::1",
            "240.0.0.1",
        ] {
            assert!(
                matches!(class(text), AddressClass::Never(_)),
                "{text} is {:?}",
                class(text)
            );
        }
    }

    #[test]
    fn private_loopback_and_public_are_told_apart() {
        for text in [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "198.18.0.1",
        ] {
            assert_eq!(class(text), AddressClass::Private, "{text}");
        }
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(class(text), AddressClass::Loopback, "{text}");
        }
        for text in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(class(text), AddressClass::Public, "{text}");
        }
    }
}

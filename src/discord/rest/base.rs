//! Where Discord is.

use std::net::IpAddr;

/// Discord's own.
const DISCORD: &str = "https://discord.com/api/v10";

/// The version of the API that is spoken.
const VERSION: &str = "/api/v10";

/// The base that every path is put behind, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase(String);

impl Default for ApiBase {
    fn default() -> Self {
        Self(DISCORD.into())
    }
}

impl ApiBase {
    /// Reads a base as an operator may write it: with or without `/api` or `/api/v10`, with or
    /// without a slash at the end. Plain http only to this machine, for the token goes with every
    /// request.
    ///
    /// # Errors
    /// In words, with the way out.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example = "write it like https://discord.com or http://127.0.0.1:8080";
        let url = reqwest::Url::parse(text.trim())
            .map_err(|error| format!("{text:?} is no URL ({error}); {example}"))?;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(host) => {}
            "http" => {
                return Err(format!(
                    "{text:?} would send the bot's token in the clear; use https, or http to this \
                     machine only"
                ));
            }
            other => return Err(format!("{other} is no scheme for this; {example}")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("leave user and password out; {example}"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("leave out what follows ? or #; {example}"));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(VERSION).unwrap_or(path);
        let path = path.strip_suffix("/api").unwrap_or(path);
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self(format!(
            "{}://{host}{port}{path}{VERSION}",
            url.scheme()
        )))
    }

    /// `https://discord.com/api/v10`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is Discord itself, and no other server that speaks its protocol.
    pub fn is_discord(&self) -> bool {
        self.0 == DISCORD
    }
}

/// A gateway's URL as `GET /gateway/bot` or the event READY names it: `wss://`, or `ws://` on this
/// machine. Without a slash or a query at its end.
///
/// # Errors
/// In words.
pub fn gateway_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("{text:?} is no URL ({error})"))?;
    let host = url.host_str().unwrap_or_default();
    let allowed = match url.scheme() {
        "wss" => true,
        "ws" => is_this_machine(host),
        _ => false,
    };
    if !allowed || host.is_empty() {
        return Err(format!(
            "{text:?} is no place to send the bot's token: wss:// is needed, or ws:// on this machine"
        ));
    }
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    Ok(format!("{}://{host}{port}{path}", url.scheme()))
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_base_means_the_same() {
        for text in [
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/api",
            "http://127.0.0.1:8080/api/",
            "http://127.0.0.1:8080/api/v10",
            " http://127.0.0.1:8080/api/v10/ ",
        ] {
            let base = ApiBase::parse(text).unwrap();
            assert_eq!(base.as_str(), "http://127.0.0.1:8080/api/v10", "{text}");
        }
        assert!(
            ApiBase::parse("https://discord.com/api")
                .unwrap()
                .is_discord()
        );
        let ipv6 = ApiBase::parse("http://[::1]:9").unwrap();
        assert_eq!(ipv6.as_str(), "http://[::1]:9/api/v10");
    }

    #[test]
    fn the_token_never_goes_out_in_the_clear() {
        for text in [
            "http://discord.com",
            "http://10.0.0.1",
            "ftp://discord.com",
            "discord.com",
            "https://me:secret@discord.com",
        ] {
            assert!(ApiBase::parse(text).is_err(), "{text}");
        }
        assert!(gateway_url("ws://gateway.discord.gg").is_err());
        assert!(gateway_url("https://gateway.discord.gg").is_err());
        let discord = gateway_url("wss://gateway.discord.gg/").unwrap();
        assert_eq!(discord, "wss://gateway.discord.gg");
        let local = gateway_url("ws://127.0.0.1:81/?v=10").unwrap();
        assert_eq!(local, "ws://127.0.0.1:81");
    }
}

//! What begins with a digit: cards, bank accounts, telephone numbers, national numbers.

mod card;
mod chain;
mod iban;
mod phone;

use super::scan::{DIGIT, Scan};
use super::{Kind, national};

/// Looks at the run of digits that begins at `at`; answers where to go on.
pub(super) fn look(scan: &mut Scan<'_>, at: usize) -> usize {
    let run = scan.run_end(at, DIGIT);
    let found = iban::ending(scan, at)
        .map(|(start, end)| (start, end, Kind::Iban))
        .or_else(|| {
            // Fewer digits than the shortest of all, and nothing that continues them: by far
            // the most numbers are of this sort.
            let alone = run - at < 7 && !chain::goes_on(scan, run);
            if alone {
                return None;
            }
            national::ending(scan, at)
                .map(|end| (at, end, Kind::NationalId))
                .or_else(|| card::ending(scan, at).map(|end| (at, end, Kind::Card)))
                .or_else(|| phone::around(scan, at).map(|(start, end)| (start, end, Kind::Phone)))
        });
    let Some((start, end, kind)) = found else {
        return run;
    };
    scan.found(start, end, kind);
    end.max(run)
}

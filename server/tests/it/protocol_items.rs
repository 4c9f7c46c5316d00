//! Every item of the protocol has a test named after it, or stands here with the reason why not.

use std::{fs, path::Path};

/// The acceptance list, in its order.
const ITEMS: &str = "D1 D2 D3 D4 D5 D6 D7 D8 D9 R1 R2 R3 R4 R5 R6 R7 R8 R9 C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 \
    A1 A2 A3 A4 A5 A6 A7 A8 A9 U1 U2 U3 U4 U5 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 F1 F2 F3 F4 F5 F6 V1 I1 \
    M1 M2 M3 M4 M5 M6 M7 M8 M9 P1 G1 Z1 Z2 Z3";

/// What is left out on purpose, for now, and why.
const LEFT_OUT: [(&str, &str); 2] = [
    ("D8", "optional: no known client needs the endpoints of the 2025-03-26 fallback at the root"),
    ("F6", "comes with the pages on which people change their password"),
];

#[test]
fn every_item_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in ["src", "domain/src", "tests", "../app/src", "../app/types/src", "../end2end/tests"] {
        collect(&root.join(folder), &mut sources);
    }
    let names: Vec<&str> = ITEMS.split_whitespace().collect();
    let mut missing = Vec::new();
    for item in &names {
        let lower = item.to_lowercase();
        let tested = sources.contains(&format!("fn {lower}_"))
            || sources.contains(&format!("_{lower}_"))
            || sources.contains(&format!("'{lower} "))
            || sources.contains(&format!("'{item} "))
            || sources.contains(&format!("test(`{item} "));
        let kind = item.trim_end_matches(|character: char| character.is_ascii_digit());
        let left_out = LEFT_OUT.iter().any(|(name, _)| name == item || *name == kind);
        assert!(!(tested && left_out), "{item} is tested: take it off the list of what is left out");
        if !tested && !left_out {
            missing.push(*item);
        }
    }
    assert!(missing.is_empty(), "no test is named after {missing:?}");
}

fn collect(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "ts")
            && !path.ends_with("protocol_items.rs")
        {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

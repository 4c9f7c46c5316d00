//! The binary itself: help, settings, and one clear line when it cannot start.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Output, Stdio},
};

use clap::{Arg, ArgAction};
use domain::db::location::DatabaseLocation;
use server::command_line;
use tempfile::tempdir;

use crate::support::server::{data, gatepass};

/// Creates a person with this password.
fn create(arguments: &[&str], password: &str) -> Output {
    let mut command = gatepass(&[&["user", "create", "--password-stdin"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn settings() -> Vec<Arg> {
    command_line::command().find_subcommand("serve").unwrap().get_arguments().cloned().collect()
}

#[test]
fn help_lists_commands_and_every_setting_with_its_variable() {
    let help = text(&gatepass(&["--help"]).output().unwrap().stdout);
    for command in ["serve", "migrate", "user", "keys", "config"] {
        assert!(help.contains(command), "{help}");
    }
    let help = text(&gatepass(&["serve", "--help"]).output().unwrap().stdout);
    for setting in settings() {
        let flag = setting.get_long().unwrap();
        let variable = format!("GATEPASS_{}", flag.replace('-', "_").to_uppercase());
        assert_eq!(setting.get_env().unwrap().to_str(), Some(variable.as_str()));
        let own = help.split("\n      --").find(|part| part.split([' ', '\n']).next() == Some(flag));
        let own = own.unwrap_or_else(|| panic!("{flag} is not in {help}"));
        assert!(own.contains(&format!("[env: {variable}")), "{own}");
        let many_or_off = matches!(setting.get_action(), ArgAction::SetTrue | ArgAction::Append);
        assert!(many_or_off || own.contains("[default: "), "its default is not shown: {own}");
    }
}

#[test]
fn the_readme_lists_every_setting_with_the_default_that_it_has() {
    let readme = include_str!("../../../../README.md");
    let rows: BTreeMap<&str, (&str, &str)> = readme
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(|line| {
            let cells: Vec<_> = line.split(" | ").collect();
            let flag = cells[0].trim_start_matches("| `--").split('`').next().unwrap();
            (flag, (cells[1].trim_matches('`'), cells[2].trim_end_matches(" |")))
        })
        .collect();
    let settings = settings();
    for setting in &settings {
        let flag = setting.get_long().unwrap();
        let (variable, default) = rows.get(flag).unwrap_or_else(|| panic!("--{flag} is not in the README"));
        assert_eq!(setting.get_env().unwrap().to_str(), Some(*variable));
        let shown = setting.get_help().unwrap().to_string();
        let said = shown.split("[default: ").nth(1).map(|rest| rest.trim_end_matches(']').to_owned());
        let first = setting.get_default_values().first().map(|value| value.to_str().unwrap().to_owned());
        match said.or(first) {
            Some(expected) => assert!(default.starts_with(&format!("`{expected}`")), "--{flag}: {default}"),
            None => assert!(["none", "off"].contains(default), "--{flag}: {default}"),
        }
    }
    assert_eq!(rows.len(), settings.len(), "the README lists what there is");
}

#[test]
fn a_bad_setting_stops_the_start_with_one_clear_line() {
    let folder = tempdir().unwrap();
    let data = data(&folder);
    for flags in [
        &["--public-url", "http://gate.example"][..],
        &["--public-url", "https://gate.example/path"],
        &["--demo", "--bind", "0.0.0.0:0"],
        &["--bind", "192.0.2.1:1"],
        &["--database-url", "sqlite:///nowhere/at/all.sqlite"],
        &["--database-url", "mysql://localhost/x"],
        &["--master-key-file", "/nowhere/master.key"],
        &["--code-lifetime", "11m"],
        &["--access-token-lifetime", "-1h"],
        &["--session-lifetime", "for ever"],
    ] {
        let output = gatepass(&[&["serve", "--data-dir", data], flags].concat()).output().unwrap();
        assert!(!output.status.success(), "{flags:?}");
        let lines: Vec<_> = text(&output.stderr).lines().map(str::to_owned).collect();
        assert!(lines.last().unwrap().starts_with("gatepass: "), "{flags:?}: {lines:?}");
        assert!(!text(&output.stderr).contains("panicked"), "{lines:?}");
    }
}

#[test]
fn people_are_created_once_and_their_password_comes_from_standard_input() {
    let folder = tempdir().unwrap();
    let data = data(&folder);
    let create =
        |email: &str, password: &str| create(&["--email", email, "--admin", "--data-dir", data], password);
    assert!(create("first@example.com", "long enough\n").status.success());
    for (email, password) in [
        ("FIRST@example.com", "long enough\n"),
        ("x@example.com", "short\n"),
        ("nobody", "long enough\n"),
        ("no\u{202e}body@example.com", "long enough\n"),
        ("no body@example.com", "long enough\n"),
        ("no\u{7}body@example.com", "long enough\n"),
        ("\u{200b}@example.com", "long enough\n"),
    ] {
        let output = create(email, password);
        assert!(!output.status.success(), "{email}");
        assert_eq!(text(&output.stderr).lines().filter(|line| line.starts_with("gatepass: ")).count(), 1);
    }
    assert!(gatepass(&["migrate", "--data-dir", data]).status().unwrap().success());
}

#[tokio::test]
async fn names_of_people_are_kept_without_what_hides_or_reorders() {
    let folder = tempdir().unwrap();
    let data = data(&folder);
    let create = |email: &str, name: &str| {
        create(&["--email", email, "--name", name, "--data-dir", data], "long enough\n")
    };
    let long = "x".repeat(100);
    assert!(!create("long@example.com", &long).status.success());
    let names = [
        ("Zoë\u{202e}\n Ma\u{300}\u{301}\u{302}rz\u{200d}", "Zoë Ma\u{300}\u{301}rz".to_owned()),
        ("می\u{200c}نا 👩\u{200d}🚒", "می\u{200c}نا 👩\u{200d}🚒".to_owned()),
    ];
    for (number, (name, kept)) in names.into_iter().enumerate() {
        let email = format!("{number}@example.com");
        assert!(create(&email, name).status.success(), "{name}");
        let file = DatabaseLocation::Sqlite(std::path::Path::new(data).join("gatepass.sqlite"));
        let db = domain::db::Database::connect_existing(&file).await.unwrap();
        let user = domain::accounts::users::find_by_email(db.read(), &email).await.unwrap().unwrap();
        assert_eq!(user.name, kept);
    }
    let output = create("none@example.com", "\u{200b}\u{301} ");
    assert!(!output.status.success() && text(&output.stderr).contains("gatepass: --name: "));
}

#[test]
fn a_command_for_an_existing_database_makes_none_where_the_folder_is_mistyped() {
    let folder = tempdir().unwrap();
    let mistyped = folder.path().join("daat");
    let data = mistyped.to_str().unwrap();
    let output = gatepass(&["keys", "rotate", "--data-dir", data]).output().unwrap();
    assert!(!output.status.success());
    assert!(text(&output.stderr).starts_with("gatepass: there is no database at "));
    assert!(!mistyped.exists());
}

#[cfg(unix)]
#[test]
fn the_master_key_is_made_once_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let path = folder.path().join("master.key");
    domain::keys::master_key(&path, true).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    domain::keys::master_key(&path, true).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(domain::keys::master_key(&folder.path().join("other.key"), false).is_err());
    std::fs::write(&path, "not a key").unwrap();
    assert!(domain::keys::master_key(&path, true).is_err());
}

/// Runs a command on this data folder that has to go well. Gives what it printed as JSON.
fn run(data: &str, arguments: &[&str]) -> serde_json::Value {
    let output = gatepass(&[arguments, &["--data-dir", data, "--json"]].concat()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command that has to be refused in one line.
fn refused(data: &str, arguments: &[&str]) -> String {
    let output = gatepass(&[arguments, &["--data-dir", data]].concat()).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}: {}", text(&output.stdout));
    let stderr = text(&output.stderr);
    assert!(stderr.starts_with("gatepass: ") && stderr.lines().count() == 1, "{arguments:?}: {stderr}");
    stderr
}

#[test]
fn a_workspace_is_made_and_unmade_on_the_command_line() {
    let folder = tempdir().unwrap();
    let data = data(&folder);
    for email in ["ada@example.com", "bob@example.com"] {
        assert!(create(&["--email", email, "--data-dir", data], "long enough\n").status.success());
    }
    let made = run(data, &["organization", "create", "--name", "Söhne & Co", "--owner", "ada@example.com"]);
    assert_eq!(made["slug"], "sohne-co");
    let product = ["product", "create", "--organization", "sohne-co", "--name", "Support"];
    assert_eq!(run(data, &product)["slug"], "support");
    let add = [
        "member",
        "add",
        "--organization",
        "sohne-co",
        "--email",
        "bob@example.com",
        "--product",
        "support=editor",
    ];
    assert_eq!(run(data, &add)["role"], "member");
    let listed = run(data, &["organization", "list"]);
    assert_eq!((&listed[0]["slug"], &listed[0]["members"]), (&"sohne-co".into(), &2.into()));
    let client =
        run(data, &["client", "create", "--name", "Reports", "--redirect-uri", "https://reports.example/cb"]);
    assert!(client["client_secret"].as_str().unwrap().starts_with("gpk_"));
    assert_eq!(run(data, &["client", "list"])[0]["name"], "Reports");

    run(data, &["user", "disable", "--email", "BOB@example.com"]);
    let people = run(data, &["user", "list"]);
    let bob = people.as_array().unwrap().iter().find(|user| user["email"] == "bob@example.com").unwrap();
    assert_eq!(bob["disabled"], true);
    run(data, &["user", "enable", "--email", "bob@example.com"]);
    let reset =
        ["user", "reset-password", "--email", "bob@example.com", "--public-url", "https://gate.example/"];
    let link = run(data, &reset)["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://gate.example/account/reset-password?token=gpl_"), "{link}");

    let last = ["member", "remove", "--organization", "sohne-co", "--email", "ada@example.com"];
    assert!(refused(data, &last).contains("last owner stays"));
    assert!(refused(data, &["user", "delete", "--email", "ada@example.com"]).contains("Söhne & Co"));
    assert_eq!(
        run(data, &["member", "remove", "--organization", "sohne-co", "--email", "bob@example.com"])["grants"],
        0
    );
    run(data, &["user", "delete", "--email", "bob@example.com"]);
    assert!(refused(data, &["organization", "delete", "--slug", "sohne-co"]).contains("add --yes"));
    run(data, &["organization", "delete", "--slug", "sohne-co", "--yes"]);
    assert_eq!(run(data, &["organization", "list"]), serde_json::json!([]));
    let table = text(&gatepass(&["user", "list", "--data-dir", data]).output().unwrap().stdout);
    assert!(
        table.starts_with("ID ") && table.contains("ada@example.com") && !table.contains("bob@"),
        "{table}"
    );
}

#[test]
fn a_command_says_in_one_line_what_is_not_there() {
    let folder = tempdir().unwrap();
    let data = data(&folder);
    assert!(refused(data, &["user", "list"]).contains("there is no database"));
    assert!(create(&["--email", "ada@example.com", "--data-dir", data], "long enough\n").status.success());
    for (arguments, said) in [
        (&["user", "disable", "--email", "nobody@example.com"][..], "nobody has the address"),
        (&["user", "reset-password", "--email", "no\u{202e}body"], "nobody has the address"),
        (&["organization", "create", "--name", "\u{200b}"], "the name"),
        (
            &["organization", "create", "--name", "A", "--owner", "nobody@example.com"],
            "nobody has the address",
        ),
        (&["product", "create", "--organization", "acme", "--name", "A"], "there is no organization acme"),
        (
            &["member", "add", "--organization", "acme", "--email", "ada@example.com"],
            "there is no organization acme",
        ),
        (&["client", "create", "--name", "A", "--redirect-uri", "http://a.example/"], "redirect URI"),
    ] {
        let line = refused(data, arguments);
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
    assert_eq!(run(data, &["organization", "list"]), serde_json::json!([]), "nothing was made");
}

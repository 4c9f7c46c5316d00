//! Settings from flags, the environment and a file, and `gatepass config check`.

use std::{
    fs,
    process::{Command, Output, Stdio},
};

use tempfile::{TempDir, tempdir};

/// A folder with a file of settings.
struct Settings(TempDir);

impl Settings {
    fn new(toml: &str) -> Self {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("gatepass.toml"), toml).unwrap();
        Self(folder)
    }

    /// Runs a command beside the file, with these variables.
    fn run(&self, line: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatepass"));
        command.args(line).envs(variables.iter().copied()).current_dir(self.0.path());
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn check(&self, flags: &[&str], variables: &[(&str, &str)]) -> Output {
        self.run(&[&["config", "check", "--config", "gatepass.toml"], flags].concat(), variables)
    }

    /// The issuer that `config check` tells.
    fn issuer(&self, flags: &[&str], variables: &[(&str, &str)]) -> String {
        let said = text(&self.check(flags, variables).stdout);
        let issuer = said.strip_prefix("The configuration can be used; the issuer is ");
        issuer.unwrap_or_else(|| panic!("{said}")).trim_end_matches(".\n").to_owned()
    }

    /// The one line with which `config check` refuses.
    fn refusal(&self, flags: &[&str], variables: &[(&str, &str)]) -> String {
        refusal(&self.check(flags, variables))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn refusal(output: &Output) -> String {
    let said = text(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty(), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.strip_prefix("gatepass: ").unwrap_or_else(|| panic!("{said}")).trim_end().to_owned()
}

#[test]
fn a_flag_goes_before_a_variable_before_the_file_before_the_default() {
    let settings = Settings::new("bind = '127.0.0.1:1'\npublic-url = 'https://file.example'\n");
    let variable = [("GATEPASS_PUBLIC_URL", "https://variable.example")];
    let flag = ["--public-url", "https://flag.example"];
    assert_eq!(settings.issuer(&flag, &variable), "https://flag.example");
    assert_eq!(settings.issuer(&[], &variable), "https://variable.example");
    assert_eq!(settings.issuer(&[], &[]), "https://file.example");
    assert_eq!(Settings::new("bind = '127.0.0.1:1'").issuer(&[], &[]), "http://127.0.0.1:1");
    assert_eq!(Settings::new("").issuer(&[], &[]), "http://127.0.0.1:3000");
}

#[test]
fn the_same_holds_for_switches_and_lists() {
    // --demo is refused where the public URL is not on loopback, which tells if it is on.
    let demo = Settings::new("demo = true\npublic-url = 'https://gate.example'");
    assert!(demo.refusal(&[], &[]).starts_with("--demo "));
    assert_eq!(demo.issuer(&[], &[("GATEPASS_DEMO", "false")]), "https://gate.example");
    let off = Settings::new("demo = false\npublic-url = 'https://gate.example'");
    assert_eq!(off.issuer(&[], &[]), "https://gate.example");
    assert!(off.refusal(&["--demo"], &[]).starts_with("--demo "));
    assert!(off.refusal(&[], &[("GATEPASS_DEMO", "true")]).starts_with("--demo "));

    let list = Settings::new("allowed-origins = ['https://a.example', 'https://b.example/x']");
    assert!(
        list.refusal(&[], &[]).starts_with("gatepass.toml, line 1: allowed-origins https://b.example/x: ")
    );
    let list = Settings::new("allowed-origins = ['https://a.example', 'https://b.example']");
    list.issuer(&["--allowed-origins", "https://c.example"], &[]);
    list.issuer(&[], &[("GATEPASS_ALLOWED_ORIGINS", "https://c.example,https://d.example")]);
    Settings::new("redirect-schemes = []\nclient-documents = false").issuer(&[], &[]);
}

#[test]
fn the_file_may_be_named_by_the_variable_and_before_or_behind_the_command() {
    let settings = Settings::new("public-url = 'https://file.example'");
    let variable = [("GATEPASS_CONFIG", "gatepass.toml")];
    for (line, variables) in [
        (&["config", "check"][..], &variable[..]),
        (&["--config", "gatepass.toml", "config", "check"], &[]),
        (&["config", "--config=gatepass.toml", "check", "--"], &[]),
        (&["config", "check", "--config", "gatepass.toml"], &[("GATEPASS_CONFIG", "/nowhere")]),
    ] {
        let said = text(&settings.run(line, variables).stdout);
        assert!(said.contains("https://file.example"), "{line:?}: {said}");
    }
}

#[test]
fn what_a_file_cannot_say_is_refused_with_file_line_and_key() {
    for (toml, line) in [
        (
            "\n\nacces-token-lifetime = '1h'",
            "gatepass.toml, line 3: there is no setting acces-token-lifetime; is",
        ),
        ("[serve]\nbind = '127.0.0.1:1'", "gatepass.toml, line 1: there is no setting serve"),
        ("email = 'a@example.com'", "gatepass.toml, line 1: there is no setting email"),
        ("password-stdin = true", "gatepass.toml, line 1: there is no setting password-stdin"),
        ("# one\ndemo = 'yes'", "gatepass.toml, line 2: demo must be true or false"),
        ("code-lifetime = 60", "gatepass.toml, line 1: code-lifetime must be a text in quotes"),
        (
            "code-lifetime = '11m'",
            "gatepass.toml, line 1: code-lifetime 11m: must be whole seconds from 1s to 10m",
        ),
        ("call-limit = 0", "gatepass.toml, line 1: call-limit 0: must be a limit such as 120/1m"),
        ("call-limit = '9/1w'", "gatepass.toml, line 1: call-limit 9/1w: its window must be whole seconds"),
        ("unused-clients-max = -1", "gatepass.toml, line 1: unused-clients-max -1: "),
        ("bind = ''", "gatepass.toml, line 1: bind: "),
        ("data-dir = ''", "gatepass.toml, line 1: data-dir: "),
        ("log-format = 'xml'", "gatepass.toml, line 1: log-format xml: must be one of text, json"),
        ("bind = '127.0.0.1:1'\nbind = '127.0.0.1:2'", "gatepass.toml, line 2: duplicate key"),
        ("bind = 127.0.0.1:1", "gatepass.toml, line 1: "),
    ] {
        let said = Settings::new(toml).refusal(&[], &[]);
        assert!(said.starts_with(line), "{toml}: {said}");
    }
}

#[test]
fn a_bad_value_in_the_file_is_refused_though_a_flag_goes_before_it() {
    let settings = Settings::new("code-lifetime = '11m'");
    assert!(
        settings.refusal(&["--code-lifetime", "1m"], &[]).starts_with("gatepass.toml, line 1: code-lifetime")
    );
}

#[test]
fn flags_and_variables_that_cannot_be_are_refused_with_their_name() {
    let settings = Settings::new("");
    for (flags, line) in [
        (["--code-lifetime", "11m"], "--code-lifetime 11m: must be whole seconds from 1s to 10m"),
        (["--refresh-idle-lifetime", "-1d"], "--refresh-idle-lifetime -1d: must be a length of time such as"),
        (["--call-limit", "-1"], "--call-limit -1: must be a limit such as 120/1m"),
        (["--unused-clients-max", "-1"], "--unused-clients-max -1: "),
        (["--unused-clients-max", "0"], "--unused-clients-max 0: 0 is not in 1..=4294967295"),
        (["--client-documents", "maybe"], "--client-documents maybe: must be one of true, false"),
        (
            ["--trusted-proxies", "10.0.0.0/33"],
            "--trusted-proxies 10.0.0.0/33: must be an address or a network",
        ),
        (["--bind", "a\nb"], "--bind a\\nb: "),
    ] {
        let said = settings.refusal(&flags, &[]);
        assert!(said.starts_with(line), "{flags:?}: {said}");
        let variable =
            format!("GATEPASS_{}", flags[0].trim_start_matches("--").replace('-', "_").to_uppercase());
        assert_eq!(settings.refusal(&[], &[(&variable, flags[1])]), said);
    }
    let said = settings.refusal(&["--access-token-lifetime", "2h", "--refresh-idle-lifetime", "1h"], &[]);
    assert_eq!(said, "--access-token-lifetime must not be longer than --refresh-idle-lifetime");
}

#[test]
fn passwords_are_never_said() {
    for (key, value) in
        [("database-url", "mysql://u:hunter2@h/d"), ("outbound-proxy", "socks5://u:hunter2@h:1")]
    {
        let flag = format!("--{key}");
        let variable = format!("GATEPASS_{}", key.replace('-', "_").to_uppercase());
        let empty = Settings::new("");
        for said in [
            Settings::new(&format!("{key} = '{value}'")).refusal(&[], &[]),
            empty.refusal(&[&flag, value], &[]),
            empty.refusal(&[], &[(&variable, value)]),
        ] {
            assert!(said.contains(&format!("{key}: must be ")) && !said.contains("hunter2"), "{said}");
        }
        let help = text(&empty.run(&["serve", "--help"], &[(&variable, value)]).stdout);
        assert!(!help.contains("hunter2"), "{help}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let settings = Settings::new("");
    fs::write(settings.0.path().join("binary.toml"), [0xff, 0xfe]).unwrap();
    fs::create_dir(settings.0.path().join("folder")).unwrap();
    for file in ["missing.toml", "binary.toml", "folder"] {
        for command in [&["config", "check"][..], &["serve"], &["migrate"], &["keys", "rotate"]] {
            let said = refusal(&settings.run(&[command, &["--config", file]].concat(), &[]));
            assert!(said.starts_with(&format!("--config {file}: ")), "{said}");
        }
    }
}

#[test]
fn a_check_makes_nothing() {
    let settings = Settings::new("data-dir = 'data'\nmaster-key-file = '/nowhere/master.key'");
    settings.issuer(&["--demo"], &[]);
    let left: Vec<_> =
        fs::read_dir(settings.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["gatepass.toml"]);
}

#[test]
fn other_commands_take_from_the_file_what_they_have() {
    let settings = Settings::new("data-dir = 'there'\ncode-lifetime = '1m'\ndemo = true");
    let migrated = settings.run(&["migrate", "--config", "gatepass.toml"], &[]);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    assert!(settings.0.path().join("there/gatepass.sqlite").exists());
    let said = text(
        &settings.run(&["keys", "rotate", "--config", "gatepass.toml", "--data-dir", "else"], &[]).stderr,
    );
    assert!(said.starts_with("gatepass: there is no database at else/"), "{said}");
    let bad = Settings::new("code-lifetime = '11m'");
    assert!(refusal(&bad.run(&["migrate", "--config", "gatepass.toml"], &[])).contains("code-lifetime"));
}

#[test]
fn the_example_of_the_readme_can_be_used() {
    let readme = include_str!("../../../../README.md");
    let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(Settings::new(example).issuer(&[], &[]), "https://gate.example");
}

//! The running binary.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::Answer;

/// The time that a test waits for a process or an answer before it fails instead of hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn gatepass(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatepass"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// A `gatepass serve` that has said that it serves.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Every line of its standard output so far.
    pub said: Vec<String>,
    stdout: Receiver<String>,
    /// The folder of the file for its standard error.
    log: TempDir,
}

impl Server {
    /// Starts on a free port.
    pub fn start(flags: &[&str], rust_log: Option<&str>) -> Self {
        Self::start_by("exec \"$0\" \"$@\"", flags, rust_log)
    }

    /// Starts on a free port, with a limit of descriptors that it cannot raise.
    pub fn start_with_descriptors(limit: u64, flags: &[&str]) -> Self {
        Self::start_by(&format!("ulimit -n {limit}; exec \"$0\" \"$@\""), flags, None)
    }

    /// Starts by a line of the shell.
    pub fn start_by(shell: &str, flags: &[&str], rust_log: Option<&str>) -> Self {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = tempdir().unwrap();
        // A file that may not grow is an error to the server, not its end: a test takes the disk for full.
        let mut command = Command::new("sh");
        command.args(["-c", &format!("trap '' XFSZ; {shell}"), env!("CARGO_BIN_EXE_gatepass"), "serve"]);
        command.args(["--bind", &address.to_string()]).args(flags);
        command.env_remove("RUST_LOG").stdin(Stdio::null());
        if let Some(filter) = rust_log {
            command.env("RUST_LOG", filter);
        }
        command.stdout(Stdio::piped()).stderr(File::create(log.path().join("log")).unwrap());
        let mut child = command.spawn().unwrap();
        let (send, stdout) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut server = Self { child, address, said: Vec::new(), stdout, log };
        match server.stdout.recv_timeout(PATIENCE) {
            Ok(line) => server.said.push(line),
            Err(_) => panic!("it does not start: {}", server.log()),
        }
        server
    }

    /// Lets no file of the server grow beyond so many bytes, or every file again.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let process = self.child.id().to_string();
        let limited = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={soft}:")]).status();
        assert!(limited.unwrap().success());
    }

    /// Lets the server have no more than so many descriptors from now on.
    pub fn limit_descriptors(&self, many: usize) {
        let process = self.child.id().to_string();
        let limited = Command::new("prlimit").args(["--pid", &process, &format!("--nofile={many}")]).status();
        assert!(limited.unwrap().success());
    }

    /// The log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path().join("log")).unwrap()
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(told.unwrap().success());
        loop {
            match self.stdout.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not stop: {}", self.log()),
            }
        }
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "")
    }

    pub fn post_form(&self, path: &str, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[&[kind], headers].concat(), &form)
    }

    pub fn post_json(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let accept = ("accept", "application/json, text/event-stream");
        let kind = ("content-type", "application/json");
        self.send("POST", path, &[&[kind, accept], headers].concat(), &body.to_string())
    }

    /// Sends a request on a connection of its own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.0\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        exchange(self.address, &format!("{request}content-length: {}\r\n\r\n{body}", body.len()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either may fail: it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends these bytes, and reads until the server closes the connection.
pub fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    Answer { status, headers, body: body.to_owned() }
}

/// The cookie that an answer sets, as it is sent back.
pub fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// The folder of a demo workspace, as an argument.
pub fn data(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

//! Mail to people: sent through a server, or kept in a folder where there is none. Nobody who asks for mail waits for it.

use std::{fmt, io::Write, path::PathBuf, sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use tokio::sync::Semaphore;
use types::account::MailWay;

use crate::{
    clock::Millis,
    crypto::id,
    db::private_files,
    error::{Error, Result},
};

/// Most mails that are on their way at the same time. What is more is lost, and logged.
const ON_THEIR_WAY_MAX: usize = 64;
/// The time that a server has to answer each command.
const TIMEOUT: Duration = Duration::from_secs(20);

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// The server that sends mail, as the setting names it.
#[derive(Clone)]
pub struct SmtpServer(Smtp);

impl SmtpServer {
    /// Reads `smtps://…` or `smtp://…`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let known = text.starts_with("smtp://") || text.starts_with("smtps://");
        let server = known.then(|| Smtp::from_url(text).ok()).flatten()?;
        Some(Self(server.timeout(Some(TIMEOUT)).build()))
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpServer")
    }
}

/// Sends mail.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
    room: Arc<Semaphore>,
}

#[derive(Clone)]
enum Way {
    Server(Smtp),
    Folder(PathBuf),
}

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// The address that it goes to.
    pub to: &'a str,
    /// Its subject: one line of ours.
    pub subject: &'a str,
    /// Its text.
    pub text: String,
}

impl Mailer {
    /// Sends by `server`, or keeps what it is to send in `folder`.
    pub fn new(from: Mailbox, server: Option<SmtpServer>, folder: PathBuf) -> Self {
        let way = server.map_or(Way::Folder(folder), |server| Way::Server(server.0));
        Self { from, way, room: Arc::new(Semaphore::new(ON_THEIR_WAY_MAX)) }
    }

    /// The way that mail takes, for people.
    pub const fn way(&self) -> MailWay {
        match self.way {
            Way::Server(_) => MailWay::Sent,
            Way::Folder(_) => MailWay::Kept,
        }
    }

    /// Begins to send. What fails is logged: whoever asked may not learn if the address has an account.
    pub fn post(&self, mail: Mail<'_>, now: Millis) {
        let message = match self.message(&mail) {
            Ok(message) => message,
            Err(error) => return tracing::error!(%error, "a mail could not be written"),
        };
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            return tracing::error!("too many mails are on their way: one was dropped");
        };
        let way = self.way.clone();
        tokio::spawn(async move {
            if let Err(error) = send(&way, message, now).await {
                tracing::error!(%error, "a mail could not be sent");
            }
            drop(place);
        });
    }

    fn message(&self, mail: &Mail<'_>) -> Result<Message> {
        let unfit = |error: String| Error::Setup(format!("mail: {error}"));
        let to: Mailbox = mail.to.parse().map_err(|error| unfit(format!("{error}")))?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| unfit(error.to_string()))
    }
}

async fn send(way: &Way, message: Message, now: Millis) -> Result<()> {
    match way {
        Way::Server(server) => {
            server.send(message).await.map_err(|error| Error::Setup(format!("mail: {error}")))?;
            Ok(())
        }
        Way::Folder(folder) => {
            let file = folder.join(format!("{}.eml", id::new("mail", now)));
            let folder = folder.clone();
            let written = tokio::task::spawn_blocking(move || {
                private_files::make_folder(&folder)?;
                let failed = |source| Error::File { path: file.display().to_string(), source };
                let mut open = private_files::new_private(&file).map_err(failed)?;
                open.write_all(&message.formatted()).map_err(failed)
            });
            written.await?
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mail_servers_are_mail_servers() {
        for good in
            ["smtps://u:p@mail.example", "smtp://127.0.0.1:25", "smtp://mail.example:587?tls=required"]
        {
            assert!(SmtpServer::parse(good).is_some(), "{good}");
        }
        for bad in ["", "mail.example", "https://mail.example", "smtp://", "smtp://mail.example?tls=maybe"] {
            assert!(SmtpServer::parse(bad).is_none(), "{bad}");
        }
    }
}

//! Accepting connections, and answering what comes through them until the server is told to stop.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::ConnectInfo,
    response::Response,
};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::connections::{Activity, ConnectionBounds, Connections, Ticket};
use domain::clock::SystemClock;

/// Largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// The time that the listener rests when the system has no descriptor for another connection.
const REST: Duration = Duration::from_millis(20);

/// Answers requests until `shutdown` ends, and then those that are running, which may take as long as `timeout`. No
/// connection is left when this ends.
pub async fn serve_until(
    listener: TcpListener,
    router: Router,
    bounds: ConnectionBounds,
    shutdown: impl Future<Output = ()>,
    timeout: Duration,
) {
    let connections = Arc::new(Connections::new(bounds, Arc::new(SystemClock)));
    let (stop, end) = (CancellationToken::new(), CancellationToken::new());
    let tasks = TaskTracker::new();
    let closing = tokio::spawn(close_late(Arc::clone(&connections)));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(ticket) = connections.admit(peer.ip(), &end) {
                    tasks.spawn(answer(stream, peer, router.clone(), ticket, stop.clone()));
                }
            }
            Err(error) if ended_early(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                connections.give_up_one();
                tokio::time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    stop.cancel();
    tasks.close();
    if tokio::time::timeout(timeout, tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "some requests did not end in time");
        end.cancel();
        tasks.wait().await;
    }
    closing.abort();
}

async fn close_late(connections: Arc<Connections>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        connections.close_late();
    }
}

/// Says if whoever connected went away again before they were accepted.
fn ended_early(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers what comes through a connection.
async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    ticket: Ticket,
    stop: CancellationToken,
) {
    // Answers are written whole; nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let activity = &ticket.activity;
    let service = service_fn(|mut request: http::Request<Incoming>| {
        activity.request_begins();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, activity) = (router.clone(), Arc::clone(activity));
        async move {
            let response: Response = router.oneshot(request).await?;
            Ok::<_, std::convert::Infallible>(response.map(|body| Answered { body, activity }))
        }
    });
    let io = TokioIo::new(Watched { stream, activity: Arc::clone(activity) });
    let mut connection = pin!(http1::Builder::new().max_buf_size(HEAD_MAX).serve_connection(io, service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = ticket.given_up() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = ticket.given_up() => {}
    }
}

/// A stream that tells when bytes come and go.
struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.activity.sent();
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices));
        self.activity.sent();
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of an answer. The request has ended when it goes.
struct Answered {
    body: Body,
    activity: Arc<Activity>,
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.activity.request_ends();
    }
}

impl HttpBody for Answered {
    type Data = axum::body::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! Procedures that say how far they are while they run.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Context, JsonObject, Procedure, ProcedureError, Run};
use crate::oauth::caller::Caller;

/// Steps that may wait for their reader before the run waits too.
const WAITING_MAX: usize = 16;

/// One step of a run, as its caller hears of it (MCP, «Progress»).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The work that is done; more with each step.
    pub progress: u32,
    /// All the work, in the same unit, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// The step in words, or the piece of the answer that it brings.
    pub message: String,
}

/// Takes the steps of a run to its caller, if that one listens.
#[derive(Clone, Default)]
pub struct Progress(Option<Sender<Step>>);

impl Progress {
    /// Tells the caller of a step. Waits while the caller reads slowly, so a transaction must not be open meanwhile.
    pub async fn report(&self, step: Step) {
        if let Some(caller) = &self.0 {
            // A caller that went away drops the run itself.
            let _ = caller.send(step).await;
        }
    }
}

/// A part of what comes of a run.
#[derive(Debug)]
pub enum Part {
    /// It goes on.
    Step(Step),
    /// It is over.
    End(Result<Value, ProcedureError>),
}

/// A run whose caller hears of its steps. It goes on while it is asked for the next part, and ends when it is dropped.
pub struct Running {
    run: Option<Run<'static>>,
    end: Option<Result<Value, ProcedureError>>,
    steps: Receiver<Step>,
}

impl Running {
    pub(super) fn new(
        procedure: Arc<Procedure>,
        context: Context,
        caller: Caller,
        arguments: JsonObject,
    ) -> Self {
        let (send, steps) = channel(WAITING_MAX);
        let context = Context { progress: Progress(Some(send)), ..context };
        let run = Box::pin(async move { procedure.call(&context, &caller, arguments).await });
        Self { run: Some(run), end: None, steps }
    }

    /// The next part, in the order in which the parts came; `None` after the end.
    pub async fn next(&mut self) -> Option<Part> {
        if let Some(run) = &mut self.run {
            tokio::select! {
                biased;
                Some(step) = self.steps.recv() => return Some(Part::Step(step)),
                end = run => {
                    self.run = None;
                    self.end = Some(end);
                }
            }
        }
        match self.steps.try_recv() {
            Ok(step) => Some(Part::Step(step)),
            Err(_) => self.end.take().map(Part::End),
        }
    }
}

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::attempt::{Attempt, Handled, Returned};

/// A handler at work. It ends with the handler, when that is not wanted any more, or when it is dropped; each time the
/// attempt hears of it once the handler is gone.
pub(super) struct Course {
    attempt: Arc<Attempt>,
    /// There until its end.
    handler: Option<BoxFuture<'static, Returned>>,
}

impl Course {
    pub(super) fn new(
        attempt: Arc<Attempt>,
        handler: impl Future<Output = Returned> + Send + 'static,
    ) -> Self {
        Self { attempt, handler: Some(handler.boxed()) }
    }

    /// Lets the handler go on. Whatever it does, and be it that it panics while it is dropped, this returns.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { attempt, handler } = self;
        let advanced = catch_unwind(AssertUnwindSafe(|| {
            attempt.span.in_scope(|| {
                let advanced = handler.as_mut().map(|handler| handler.as_mut().poll(cx));
                if advanced.as_ref().is_some_and(Poll::is_ready) {
                    *handler = None;
                }
                advanced
            })
        }));
        match advanced {
            Ok(None) => {}
            Ok(Some(Poll::Pending)) => return Poll::Pending,
            Ok(Some(Poll::Ready(returned))) => self.attempt.end(Handled::Returned(returned)),
            Err(panic) => {
                self.discard();
                self.attempt.end(Handled::Panicked(message(panic.as_ref())));
            }
        }
        Poll::Ready(())
    }

    /// Drops the handler if it is still there.
    fn discard(&mut self) -> Option<Handled> {
        let handler = self.handler.take()?;
        let discarded = catch_unwind(AssertUnwindSafe(|| self.attempt.span.in_scope(|| drop(handler))));
        Some(discarded.map_or_else(|panic| Handled::Panicked(message(panic.as_ref())), |()| Handled::Dropped))
    }
}

impl Future for Course {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.attempt.is_unwanted(cx.waker()) {
            if let Some(handled) = self.discard() {
                self.attempt.end(handled);
            }
            return Poll::Ready(());
        }
        self.advance(cx)
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        if let Some(handled) = self.discard() {
            self.attempt.end(handled);
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the handler panicked without a message").to_owned()
}

//! The wait-free queues between the threads: `rtrb`, whose own tests and tools prove it.
//!
//! For loom, which has to see every step of every thread, a queue of loom's own stands in its place: what is proved with it
//! is how the queues are used.

#[cfg(not(loom))]
pub(crate) use rtrb::{Consumer, Producer, PushError, RingBuffer};

#[cfg(loom)]
pub(crate) use self::model::{Consumer, Producer, PushError, RingBuffer};

#[cfg(loom)]
mod model {
    use std::{collections::VecDeque, sync::PoisonError};

    use loom::sync::{Arc, Mutex, MutexGuard};

    type Shared<T> = Arc<Mutex<VecDeque<T>>>;

    fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, VecDeque<T>> {
        shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) struct RingBuffer;

    impl RingBuffer {
        #[expect(clippy::new_ret_no_self, reason = "as in rtrb")]
        pub(crate) fn new<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
            let shared = Arc::new(Mutex::new(VecDeque::with_capacity(capacity)));
            (Producer { shared: shared.clone(), capacity }, Consumer { shared, next: None })
        }
    }

    #[derive(Debug)]
    pub(crate) enum PushError<T> {
        Full(T),
    }

    #[derive(Debug)]
    pub(crate) struct Empty;

    #[derive(Debug)]
    pub(crate) struct Producer<T> {
        shared: Shared<T>,
        capacity: usize,
    }

    impl<T> Producer<T> {
        pub(crate) fn push(&mut self, value: T) -> Result<(), PushError<T>> {
            let mut values = lock(&self.shared);
            if values.len() >= self.capacity {
                return Err(PushError::Full(value));
            }
            values.push_back(value);
            Ok(())
        }

        pub(crate) fn is_full(&self) -> bool {
            lock(&self.shared).len() >= self.capacity
        }
    }

    #[derive(Debug)]
    pub(crate) struct Consumer<T> {
        shared: Shared<T>,
        next: Option<T>,
    }

    impl<T> Consumer<T> {
        pub(crate) fn peek(&mut self) -> Result<&T, Empty> {
            if self.next.is_none() {
                self.next = lock(&self.shared).pop_front();
            }
            self.next.as_ref().ok_or(Empty)
        }

        pub(crate) fn pop(&mut self) -> Result<T, Empty> {
            self.next.take().or_else(|| lock(&self.shared).pop_front()).ok_or(Empty)
        }
    }
}

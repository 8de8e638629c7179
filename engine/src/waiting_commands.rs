//! Commands that came while a hop's work was under way.
//!
//! Decoders are changed between two hops only, so that a hop is computed as it began. What comes in between waits here, with
//! the position at which it came. Audio thread; nothing allocates.

use crate::{command::Command, time::SamplePosition};

/// Commands that can wait: far more than anybody gives within 10 ms.
const CAPACITY: usize = 32;

/// The commands, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct WaitingCommands {
    commands: [Option<(Command, SamplePosition)>; CAPACITY],
    count: usize,
}

impl WaitingCommands {
    pub(crate) const fn new() -> Self {
        Self { commands: [None; CAPACITY], count: 0 }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether there is no room for another one.
    pub(crate) fn is_full(&self) -> bool {
        self.count == CAPACITY
    }

    /// Takes a command that came at `position`; `false` where there is no room. Settings take the place of others that they
    /// follow.
    pub(crate) fn push(&mut self, command: Command, position: SamplePosition) -> bool {
        if let (Command::Settings(_), Some(Some((Command::Settings(_), _)))) =
            (&command, self.commands[..self.count].last())
        {
            self.count -= 1;
        }
        let Some(place) = self.commands.get_mut(self.count) else { return false };
        *place = Some((command, position));
        self.count += 1;
        true
    }

    /// Takes all of them out, in order.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new())
    }
}

impl IntoIterator for WaitingCommands {
    type Item = (Command, SamplePosition);
    type IntoIter = std::iter::Flatten<std::iter::Take<std::array::IntoIter<Option<Self::Item>, CAPACITY>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.commands.into_iter().take(self.count).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn settings_replace_settings_and_nothing_else_is_lost_before_it_is_full() {
        let mut waiting = WaitingCommands::new();
        let metre = |metre| Command::Settings(Settings { metre: Some(metre), ..Settings::default() });
        let given = [Command::Tap, metre(3), metre(4), Command::HalveTempo, metre(5)];
        for (position, command) in (0..).zip(given) {
            assert!(waiting.push(command, SamplePosition(position)));
        }
        let taken: Vec<_> = waiting.take().into_iter().map(|(command, position)| (command, position.0)).collect();
        assert_eq!(taken, [(Command::Tap, 0), (metre(4), 2), (Command::HalveTempo, 3), (metre(5), 4)]);
        for _ in 0..CAPACITY {
            assert!(!waiting.is_full() && waiting.push(Command::Tap, SamplePosition(0)));
        }
        assert!(waiting.is_full() && !waiting.push(Command::Tap, SamplePosition(0)));
    }
}

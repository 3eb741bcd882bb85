//! Decides how a front end reaches the relay that runs in the same process: a
//! bounded queue of commands, each with its answer.

use hopsight_turn::control::{Command, Reply};
use tokio::sync::{mpsc, oneshot};

/// The front end's handle on the relay.
#[derive(Clone, Debug)]
pub struct RelayControl {
    sender: mpsc::Sender<RelayCommand>,
}

/// The relay's end of the queue.
#[derive(Debug)]
pub struct RelayCommands {
    receiver: mpsc::Receiver<RelayCommand>,
}

/// One command that waits for its answer.
#[derive(Debug)]
pub struct RelayCommand {
    /// What the relay is told.
    pub command: Command,
    answer: oneshot::Sender<Reply>,
}

impl RelayControl {
    /// A queue in which so many commands may wait.
    #[must_use]
    pub fn new(waiting: usize) -> (Self, RelayCommands) {
        let (sender, receiver) = mpsc::channel(waiting.max(1));
        (Self { sender }, RelayCommands { receiver })
    }

    /// Tells the relay something and waits for its answer; none when the relay
    /// does not run.
    pub async fn command(&self, command: Command) -> Option<Reply> {
        let (answer, answered) = oneshot::channel();
        let queued = RelayCommand { command, answer };
        self.sender.send(queued).await.ok()?;
        answered.await.ok()
    }

    /// Whether somebody takes the commands.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.sender.is_closed()
    }
}

impl RelayCommands {
    /// The next command; none when every handle is gone.
    pub async fn next(&mut self) -> Option<RelayCommand> {
        self.receiver.recv().await
    }
}

impl RelayCommand {
    /// Answers. Whoever asked may have gone meanwhile.
    pub fn answer(self, reply: Reply) {
        let _gone = self.answer.send(reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::{SeededRandom, SessionId, Timestamp};

    #[tokio::test]
    async fn a_command_gets_its_answer_and_none_after_the_relay_is_gone() {
        let (control, mut commands) = RelayControl::new(4);
        let session = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
        let revoke = Command::Revoke { session };
        let expected = revoke.clone();
        let relay = tokio::spawn(async move {
            let command = commands.next().await.unwrap();
            assert_eq!(command.command, expected);
            command.answer(Reply::Done);
        });

        assert_eq!(control.command(revoke.clone()).await, Some(Reply::Done));
        relay.await.unwrap();
        assert_eq!(control.command(revoke).await, None);
        assert!(!control.is_running());
    }
}

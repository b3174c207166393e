//! Merchants who post on a surface: what they write, edit and delete there, and what became of it.

use super::world::World;
use medic::domain::{Origin, SourceName, SubjectId, Surface, TicketId};
use medic::engine::handle::{
    PostedTicket, RawTicket, Receipt, SubmitError, TicketChange, TicketView,
};

/// A message as an adapter hands it on.
pub struct Post<'a> {
    /// Its id on the surface.
    pub id: &'a str,
    /// Who wrote it.
    pub author: &'a str,
    /// The merchant it names, and whether a role or tag says so.
    pub merchant: Option<(&'a str, bool)>,
    /// Its words.
    pub text: &'a str,
}

impl Post<'_> {
    fn ticket(&self, world: &World) -> PostedTicket {
        PostedTicket {
            workspace: world.workspace(),
            source: SourceName::new("discord"),
            raw: RawTicket {
                merchant_id: self.merchant.map_or("", |(id, _)| id).to_owned(),
                merchant_message: self.text.to_owned(),
                ..RawTicket::default()
            },
            origin: Origin {
                surface: Surface::Discord,
                id: self.id.to_owned(),
                channel: "100".to_owned(),
                thread: None,
                message: Some(self.id.to_owned()),
                author: self.author.to_owned(),
                forwarder: None,
            },
            verified: self.merchant.is_some_and(|(_, verified)| verified),
        }
    }
}

impl World {
    /// Somebody posts.
    pub async fn sees(&self, post: &Post<'_>) -> Receipt {
        let receipt = self.handle().submit_ticket(post.ticket(self)).await;
        self.calm().await;
        receipt.unwrap()
    }

    /// They edit what they posted; what stands there now.
    pub async fn sees_edit(&self, post: &Post<'_>) -> Result<TicketChange, SubmitError> {
        let change = self.handle().edit_ticket(post.ticket(self)).await;
        self.calm().await;
        change
    }

    /// They delete what they posted.
    pub async fn sees_deletion(&self, id: &str) -> TicketChange {
        let source = SourceName::new("discord");
        let change = self
            .handle()
            .withdraw_ticket(&self.workspace(), &source, Surface::Discord, id)
            .await;
        self.calm().await;
        change.unwrap()
    }

    /// A stored ticket.
    pub fn ticket(&self, id: &str) -> TicketView {
        let id: TicketId = id.parse().unwrap();
        let found = self.handle().ticket(&self.workspace(), id).unwrap();
        found.unwrap()
    }

    /// The tickets of a subject, all pages of two.
    pub fn tickets_of(&self, subject: &str) -> Vec<TicketView> {
        let subject: SubjectId = subject.parse().unwrap();
        let mut all: Vec<TicketView> = Vec::new();
        loop {
            let after = all.last().map(|view| view.ticket.id);
            let page = self
                .handle()
                .tickets_of(&self.workspace(), subject, after, 2)
                .unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }
}

//! stub
use crate::domain::*;
use jiff::Timestamp;
#[derive(Clone, Debug)]
pub struct TicketDraft { pub identity: Option<Digest>, pub content_digest: Digest, pub external_id: Option<String> }
impl TicketDraft { pub fn into_ticket(self, _id: TicketId) -> Ticket { unimplemented!() } }
pub struct RawTicket;
pub struct SourceRules { pub workspace: WorkspaceId, pub name: SourceName, pub verified_merchants: bool, pub author: Option<String> }
pub fn parse_body(_: &str, _: &[u8]) -> Result<Vec<Result<RawTicket, Problem>>, Problem> { unimplemented!() }
pub fn accept(_: RawTicket, _: &SourceRules, _: Timestamp) -> Result<TicketDraft, Problem> { unimplemented!() }

// Every bound of the API, with unit and reason. Defaults; `startFront` takes overrides.

const KiB = 1024;
const MiB = 1024 * KiB;

export interface ApiLimits {
  /** Bytes of one event or other JSON body. Larger deliveries go through bulk; the largest example of the contract has 61 kB. */
  readonly bodyBytesMax: number;
  /** Nesting of objects and arrays in a body, the outermost counted as 1. Deeper documents are attacks on recursive code. */
  readonly depthMax: number;
  /** Members of an event's data. A person keeps what events bring, so this bounds its entry. */
  readonly dataKeysMax: number;
  /** Members of all objects of one body together: bounds the work of the checks, whatever the nesting. */
  readonly keysTotalMax: number;
  /** UTF-8 bytes of one text inside an event's data. */
  readonly textBytesMax: number;
  /** Characters of an event's name: the contract's bound for batch events. */
  readonly eventNameLengthMax: number;
  /** How far an event may lie in the future, for senders whose clock is ahead. */
  readonly eventAheadMsMax: number;
  /** Bytes of one NDJSON request: some 80,000 events, under a second of work. */
  readonly bulkBytesMax: number;
  /** Refused lines that a bulk answer lists; more are only counted. Bounds the answer at about 200 kB. */
  readonly bulkRejectedMax: number;
  /** How long a bulk request rests whose next line is of a person behind whom too many events wait. */
  readonly bulkPersonBusyMs: number;
  /** Bytes of unfinished bodies held over all requests: with `bodyBytesMax` at least 256 slow uploads at once. */
  readonly bodyBytesInFlightMax: number;
  /** Bytes of answers that wait for slow readers, over all requests. */
  readonly answerBytesInFlightMax: number;
  /** How long a slow reader may take for one answer before its connection is cut. */
  readonly writeTimeoutMs: number;
  /** Requests of one token a minute, asynchronous events not counted; 0: as many as they like. */
  readonly tokenRequestsPerMinuteMax: number;
  /** Synchronous events of one identified person a second; 0: as many as they like. */
  readonly personEventsPerSecondMax: number;
  /** Connections open at once, of all fronts together; 0: as many as there are. */
  readonly connectionsMax: number;
  /** How long `stop` waits for requests in flight. */
  readonly drainTimeoutMs: number;
}

export const defaultLimits: ApiLimits = {
  bodyBytesMax: 256 * KiB,
  depthMax: 10,
  dataKeysMax: 200,
  keysTotalMax: 2_000,
  textBytesMax: 4 * KiB,
  eventNameLengthMax: 255,
  eventAheadMsMax: 10 * 60_000,
  bulkBytesMax: 16 * MiB,
  bulkRejectedMax: 1_000,
  bulkPersonBusyMs: 400,
  bodyBytesInFlightMax: 64 * MiB,
  answerBytesInFlightMax: 64 * MiB,
  writeTimeoutMs: 30_000,
  tokenRequestsPerMinuteMax: 0,
  personEventsPerSecondMax: 0,
  connectionsMax: 0,
  drainTimeoutMs: 10_000,
};

/**
 * Of what operators write: a campaign with hundreds of rules, nested as deeply as groups, data and components go. A change is one record of the log and holds
 * a campaign three times (draft, published, history), which is what bounds its size in the end.
 */
export const DOCUMENT_LIMITS = { bodyBytesMax: 512 * KiB, depthMax: 24, keysTotalMax: 50_000 } as const;

/** Versions of one campaign that are read at once: each is a whole campaign, of which a list shows a line. */
export const VERSIONS_READ_MAX = 100;

/** Bytes of names and values of all request headers; the newer server build refuses at 4 to 8 KiB by itself. */
export const HEADER_BYTES_MAX = 8 * KiB;
/** Headers of a request; real clients and proxies send fewer than 30. */
export const HEADERS_MAX = 100;
/** Characters of path and query together. */
export const URL_LENGTH_MAX = 8 * KiB;
/** Names in a query: all filters of the widest operation, each repeated a few times. */
export const QUERY_VALUES_MAX = 200;
/** Characters of what an event says of its sender: a browser's name or the page it came from. */
export const SENDER_TEXT_LENGTH_MAX = 1024;
/** Characters of an access token; ours have fewer than 100. */
export const TOKEN_LENGTH_MAX = 512;
/** How long a grant is used without looking whether it still holds: the longest that a token lives on after its end on another node. */
export const TOKEN_FRESH_MS = 1_000;
/** How much longer it is used while the partition that knows is out of reach: longer than a failover takes. */
export const TOKEN_STALE_MS = 30_000;
/** How long a token lives when its maker does not say, and at most: thirty days and five years. */
export const TOKEN_SECONDS_DEFAULT = 30 * 86_400;
export const TOKEN_SECONDS_MAX = 157_680_000;
/** How long a consumer's token lives: five years, one where the consumer is verified, as apps in the field expect. */
export const ANONYMOUS_TOKEN_SECONDS = 157_680_000;
export const VERIFIED_TOKEN_SECONDS = 31_536_000;
/** As long as an anonymous one lives. */
export const CONSUMER_TOKEN_SECONDS_MAX = 157_680_000;
/** Bytes of one file of a consumer: it is a record of the log and an entry of state. A picture that a page shows small has fewer. */
export const ASSET_BYTES_MAX = 192 * KiB;
/** Parts of one form, and bytes of what stands before the body of one: a name of a file and a few headers. */
export const FORM_PARTS_MAX = 1_000;
export const PART_HEAD_BYTES_MAX = 8 * KiB;
/** Bytes of a form beside the file that it brings. */
export const FORM_BYTES_BESIDE_MAX = 16 * KiB;
/** How long a link in a mail proves an address. */
export const VERIFICATION_SECONDS = 3_600;
/** How long the page that such a link leads to may take until its script asks: it may have to wait for the visitor's consent. */
export const VERIFICATION_MARK_SECONDS = 300;
/** Characters of a JWT: a signature of 4096 bits and some 50 claims. */
export const JWT_LENGTH_MAX = 8_192;
/** By how much the clock of whoever signs JWTs may differ from ours. */
export const CLOCK_SKEW_SECONDS = 60;
/** Places for the tokens, and for the persons, whose rate is known at a time, 24 bytes each: 50,000 of them hardly ever fill a set. */
export const RATE_SETS = 8_192;
export const RATE_SET_PLACES = 16;
/** Keys whose hash each limiter remembers, some 200 bytes each. */
export const RATE_HASHES_MAX = 4_096;
/** Messages of one collection call: libraries send up to 100 by default, and 512 KiB holds some thousand. */
export const MESSAGES_IN_BATCH_MAX = 1_000;
/** Characters of the id of such a message; libraries make some 40. */
export const MESSAGE_ID_LENGTH_MAX = 100;
/** Characters of an `Idempotency-Key`. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
/** Bytes of an answer that is kept with a key: it is a record of the log. */
export const IDEMPOTENT_ANSWER_BYTES_MAX = 256 * KiB;
/** Keys that are given back as soon as the log takes that; beyond, each stays taken for its day. */
export const KEY_RETURNS_WAITING_MAX = 1_000;
export const KEY_RETURN_RETRY_MS = 1_000;
/** For about an hour. */
export const KEY_RETURN_TRIES_MAX = 3_600;
/** Tokens whose grant is remembered, about 100 bytes each. */
export const TOKENS_REMEMBERED_MAX = 1_024;
/** Consumers' tokens whose signature is remembered to hold, about 500 bytes each: whoever looks at a page sends several events. */
export const CONSUMER_TOKENS_REMEMBERED_MAX = 8_192;
/** Browsers that were judged (`isBot`), up to about 1 KiB each. */
export const USER_AGENTS_REMEMBERED_MAX = 1_024;
/** Answers up to this size are written at once and left to the socket's buffer. */
export const ANSWER_AT_ONCE_BYTES_MAX = 64 * KiB;
/**
 * Unread rest of a refused body that is read and dropped. A connection that is closed before takes the answer with it: the sender sees a reset
 * instead of the envelope. Twice the largest body that any path takes; it costs no memory.
 */
export const UNREAD_BODY_BYTES_MAX = 32 * MiB;

/** Entries of a list answer when the caller names no limit, and at most. From the contract. */
export const PAGE_SIZE_DEFAULT = 100;
export const PAGE_SIZE_MAX = 1_000;
/** Entries that a caller may skip: further pages are better asked by filters. */
export const OFFSET_MAX = 1_000_000;
/** How often a merged person's link is followed: as often as events follow them, less than a millisecond each. */
export const FORWARD_HOPS_MAX = 128;
/** Periods of one summary of rewards: a year of days. */
export const SUMMARY_PERIODS_DEFAULT = 30;
export const SUMMARY_PERIODS_MAX = 366;
/** Rewards read for one list request before it is refused as too wide: about a second of work. */
export const REWARDS_SCANNED_MAX = 100_000;
/** Of them, in one answer of a partition: a few milliseconds, and then events have their turn. */
export const REWARDS_LOOKED_AT_ONCE = 128;
/** Deliveries put in order for one list before it is refused as too far into it. */
export const DELIVERIES_SCANNED_MAX = 100_000;
/** Members of an audience looked at for one list before it is refused as too far into it: about a second of work. */
export const MEMBERS_SCANNED_MAX = 100_000;
/** Members that one export holds in memory, some 10 MB as text. */
export const MEMBERS_EXPORTED_MAX = 100_000;
/** Queries that one request keeps open at a time, so that a list does not fill the workers' mailboxes. */
export const QUERIES_AT_ONCE_MAX = 32;
/** Times in a row that a bulk request is refused as busy right after it was told to go on, before it gives up. */
export const BULK_BUSY_ROUNDS_MAX = 50;
/** How often in a row a bulk request rests for one person (`bulkPersonBusyMs`): five minutes, in which all that may wait behind a person is applied, at a hundred events a second. */
export const BULK_PERSON_BUSY_ROUNDS_MAX = 750;
/** Bytes and files that an archive of a campaign or a creative unfolds to: eight times the largest body that brings one. */
export const ARCHIVE_BYTES_MAX = 4 * MiB;
export const ARCHIVE_FILES_MAX = 1_000;
/** Bytes of one creative's archive: kept with its campaign, which is held three times by a change of at most 768 KiB. */
export const CREATIVE_BYTES_MAX = 64 * KiB;
/** Characters of a security key: an RSA key of 8192 bits takes some 6,500 as PEM. */
export const CLIENT_KEY_LENGTH_MAX = 16 * KiB;

/** The most codes that one refill takes from a shop: some dozens of calls. */
export const COUPONS_PER_REFILL_MAX = 10_000;
/** Bytes of a file of coupon codes: a million of them, and as much as a bulk request. */
export const COUPON_FILE_BYTES_MAX = 16 * MiB;
/** Bytes and files that a workbook unfolds to: some hundred thousand codes, read in one go in some 100 ms. */
export const WORKBOOK_BYTES_MAX = 8 * MiB;
export const WORKBOOK_FILES_MAX = 64;
/** Characters of a code, from the contract; bytes of a line that holds one, with quotes, in any script, and its expiry. */
export const COUPON_CODE_LENGTH_MAX = 255;
export const COUPON_LINE_BYTES_MAX = 2_048;
/** Codes that one record of the log brings, some milliseconds of work, and their characters, of up to three bytes; a record holds 768 KiB. */
export const COUPON_LINES_PER_BATCH = 5_000;
export const COUPON_BATCH_CHARACTERS_MAX = 128 * KiB;
/** Such records of one upload on their way at a time. */
export const COUPON_BATCHES_AT_ONCE = 4;
/** Bytes of a file that back ends bring: as much as a bulk request. It is held whole while it is read. */
export const FILE_BYTES_MAX = 16 * MiB;
/** Bytes of it that one record of the log brings, and one answer between nodes hands back. */
export const FILE_PART_BYTES = 256 * KiB;
/** Rows that one record brings to a batch, and bytes of them: some 4 ms of work when they are sent. */
export const BATCH_PART_ROWS = 200;
export const BATCH_PART_BYTES_MAX = 256 * KiB;
/** Such records of one upload or batch on their way at a time. */
export const PARTS_AT_ONCE = 4;
/** Characters of a file's or a batch's name, and of each tag. */
export const FILE_NAME_LENGTH_MAX = 255;
/** Bytes of what a batch is asked to be: it is told with each look at the batch. */
export const BATCH_ORDER_BYTES_MAX = 64 * KiB;
/** Columns that a batch asks for, and those of them that are patterns: lines of JSON may each have names of their own, which are held against all of them. */
export const BATCH_COLUMNS_MAX = 100;
export const BATCH_PATTERNS_MAX = 10;
/** Tags of a file or a batch. */
export const FILE_TAGS_MAX = 50;
/** Persons of one list of an audience's operation, and bytes of what is said of them: the operation is one record of the log. */
export const LISTED_MEMBERS_MAX = 20_000;
export const LISTED_MEMBERS_BYTES_MAX = 512 * KiB;
/** Codes that the answer to an upload shows; the list has all. */
export const COUPONS_SHOWN_MAX = 1_000;

/** Rows and columns of a table that somebody uploads: as many as fit into a spreadsheet that people work with. */
export const TABLE_ROWS_MAX = 200_000;
export const TABLE_COLUMNS_MAX = 200;
/** Characters of a column's name: a sentence. */
export const TABLE_COLUMN_LENGTH_MAX = 200;
/** Bytes of one row: a quarter of the largest event. */
export const TABLE_ROW_BYTES_MAX = 64 * KiB;
/** Bytes of the cells of a workbook, of which many may show one text: four times as many as it unfolds to. */
export const TABLE_WORKBOOK_BYTES_MAX = 32 * MiB;
/** Rows that are handed on at a time: as many as one step of work takes. */
export const TABLE_SLICE_ROWS = 200;

/** Headers that a zone may send, and characters of one: more than pages need, less than clients refuse. */
export const ZONE_HEADERS_MAX = 32;
export const ZONE_HEADER_LENGTH_MAX = 4 * KiB;
/** Rounds in which dead letters of one partition are begun anew by one request: at 500 a round, more than are kept. */
export const REDRIVE_ROUNDS_MAX = 200;

// Bounds of rules: unit and reason each. They decide verdicts, hence constants: changing one changes what a replay yields.

/** Gas of one evaluation. One unit is one instruction, one step scanned or one character built: about 10 ms at worst. */
export const GAS_MAX = 1_000_000;

/** Slots of the value stack. The compiler refuses what needs more; expressions of the documented size stay below 40. */
export const STACK_SLOTS_MAX = 256;

/** OR groups nested in one another whose members may fault. Groups nest by name, so documents stay far below. */
export const GUARDS_MAX = 32;

/** Characters of a text that an expression builds: more than any datum of the contract, little enough to hold many. */
export const TEXT_LENGTH_MAX = 64 * 1024;

/** Members of a list that an expression sees or builds. Of longer histories it sees the newest; counting has no such bound. */
export const LIST_LENGTH_MAX = 1000;

/** Values and characters of what an expression yields as data: as much as the largest event. More counts as absent. */
export const JSON_SIZE_MAX = 256 * 1024;

/** Nesting of what an expression yields as data: three times that of events, small enough for recursion. */
export const JSON_DEPTH_MAX = 32;

/** Characters of one expression's source: the contract's bound. */
export const EXPRESSION_LENGTH_MAX = 2048;

/** Characters of a pattern: as many as the contract leaves to a property. */
export const PATTERN_LENGTH_MAX = 500;

/** Instructions of a pattern: what a character may pass at worst. */
export const PATTERN_SIZE_MAX = 1000;

/** Gas of one character in one instruction of a pattern: measured at 60 ns where a unit of gas is 10. */
export const PATTERN_GAS = 6;

/** Nesting of an expression: guards the recursion of parser and compiler against hostile sources. */
export const EXPRESSION_DEPTH_MAX = 200;

/** Loops of a template within one another. */
export const TEMPLATE_DEPTH_MAX = 8;

/** Blocks of a template within one another, chains of "else if" included: guards recursion. */
export const TEMPLATE_BLOCKS_MAX = 64;

/** Tags of a template: the parser of Handlebars takes time by their square, some 100 ms for so many. */
export const TEMPLATE_TAGS_MAX = 2000;

/** Nesting of a document in which build-time expressions are looked for: as deep as data may be. */
export const DOCUMENT_DEPTH_MAX = 32;

/** Trigger groups within one another; guards recursion. */
export const GROUP_DEPTH_MAX = 16;

/** Triggers of one controller, so that a phase is always a short run of code. */
export const TRIGGERS_MAX = 500;

/** Entries of a client's block lists: every program has them all, some half a megabyte as text, and in a cluster a program is one message of NATS. */
export const BLOCKS_MAX = 4_000;

/** Of those, names of browsers: each is looked for in the name that an event says. */
export const BLOCKED_USER_AGENTS_MAX = 500;

/** Prehandlers of a client, and conditions or actions of one: all may run for each event, at the front. */
export const PREHANDLERS_MAX = 50;
export const PREHANDLER_PARTS_MAX = 20;

/** Gas of all prehandlers of one event together: a millisecond, since they hold up the events behind. */
export const PREHANDLING_GAS_MAX = 100_000;

/** Changes that one action of a prehandler makes: an event has up to 200 data. */
export const EVENT_CHANGES_MAX = 200;

/** Business ids of a controller that only one event may carry: each is asked for in a round of its own. */
export const UNIQUE_KEYS_MAX = 8;

/** Members of a list parameter such as event names. */
export const PARAMETER_ITEMS_MAX = 1000;

/** Segments of a dotted path into event data; events nest no deeper. */
export const PATH_SEGMENTS_MAX = 10;

/**
 * How far an event's own time may lie after its arrival, in ms. The front refuses more than ten minutes; an hour leaves
 * room for clocks that disagree. Walks of the step history may end early only beyond it.
 */
export const EVENT_AHEAD_MS_MAX = 3_600_000;

/**
 * How long after a merge is noted the last older steps of who was merged may come, in ms: they follow links from partition to partition, and a partition may
 * change hands meanwhile. Walks of the step history look at more than they must until then.
 */
export const MERGE_MS_MAX = 3_600_000;

/** Gas of fetching one page of older steps: a look-up in the store costs about as much as 50 instructions. */
export const PAGE_GAS = 50;

/** Candidate lists at most this long are not split by data values: evaluating them costs less than another look-up. */
export const INDEX_LEAF_CONTROLLERS = 2;

/** Data keys looked at in a row by the event index. */
export const INDEX_DEPTH_MAX = 4;

/** References that the event index may hold for each controller: bounds memory when rules test different keys. */
export const INDEX_GROWTH_MAX = 64;

/** First and last year whose tax year start is computed ahead. */
export const TAX_YEAR_FIRST = 2010;
export const TAX_YEAR_LAST = 2100;

/** Errors reported for one document; beyond these nobody reads on. */
export const COMPILE_ERRORS_MAX = 100;

/** Reward rules, and transition rules, of one campaign: each is read for every action that is approved. */
export const INCENTIVE_RULES_MAX = 200;

/** Gas of comparing one datum with the pattern of a reward rule. */
export const MATCH_GAS_MAX = 10_000;

/** Webhooks of one client: each of type REWARD costs every move of every reward. */
export const WEBHOOKS_MAX = 200;

/** Filters of one webhook: each costs every move of every reward. */
export const REWARD_FILTERS_MAX = 100;

/** Attempts at a call after the first: more is a mistake. */
export const WEBHOOK_RETRIES_MAX = 50;

/** Bytes and files that the archive of a creative unfolds to: far more than its template needs, little enough to unfold at each publish. */
export const CREATIVE_BYTES_UNFOLDED_MAX = 1024 * 1024;
export const CREATIVE_FILES_MAX = 100;

/** Texts of a creative, each in every locale: more than a page says. */
export const CREATIVE_TEXTS_MAX = 500;

/** Characters of a path in a creative: what file systems take for a name. */
export const CREATIVE_PATH_LENGTH_MAX = 255;

/** Characters of a creative's template, and parts of it (texts and what stands between them): as much as a zone may show. */
export const TEMPLATE_LENGTH_MAX = 256 * 1024;
export const CREATIVE_PARTS_MAX = 2000;

/** Characters of the body of a request that an expression makes: a receiver that takes more is none, and jobs are state. */
export const REQUEST_BODY_LENGTH_MAX = 64 * 1024;
/** Characters of its address: what browsers and proxies take. */
export const REQUEST_URL_LENGTH_MAX = 2_048;
/** Its headers: half of what common servers take. */
export const REQUEST_HEADERS_MAX = 32;

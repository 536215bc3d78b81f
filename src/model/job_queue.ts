// Where jobs stand: those of a person, those of a subscriber of which an attempt may be made now, and those that have ended.

/** Ids of jobs, oldest first. */
export interface PersonJobs {
  waiting: { id: string; subscriber: string }[];
  done: string[];
  dead: string[];
}

export interface ReadyPage {
  jobs: { place: string; jobKey: string }[];
}

export interface ReadyQueue {
  first: number;
  last: number;
  /** Jobs that were ever added. */
  added: number;
}

export interface ReadySubscribers {
  keys: string[];
}

export interface EndedJob {
  jobKey: string;
}

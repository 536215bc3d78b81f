// How a partition keeps the rewards of a client in lists that grow for years, and counts their moves.

export interface RewardByTime {
  rewardId: string;
}

/** Places of rewards in order. */
export interface RewardPage {
  places: string[];
}

/** Where the newest pages of a list begin, oldest first, and how many it has in all. */
export interface RewardList {
  newest: string[];
  pages: number;
}

export interface RewardCount {
  /** Key: `${state}/${1 when successful, else 0}/${supplier type}/${supplier id}`. */
  counts: { [name: string]: number };
}

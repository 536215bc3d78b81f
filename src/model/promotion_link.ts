// Promotion link: a link of the brand's own, with a code as those of persons have, that leads to its page and belongs to nobody.

export interface PromotionLink {
  /** Also its id: unique among the client's. */
  readonly code: string;
  readonly key: string;
  /** Of a program; "": none in particular. */
  readonly label: string;
  readonly description: string;
  readonly program_url: string;
  readonly content: {
    readonly title: string | null;
    readonly description: string | null;
    readonly image_url: string | null;
    readonly url: string | null;
    readonly content_id: string | null;
  };
  readonly data: { readonly [name: string]: string };
  readonly created_date: string;
}

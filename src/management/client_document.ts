// The client itself, as a document: what holds for all of it.

/** Id of the one document of the collection `client`. */
export const CLIENT_DOCUMENT = "client";

// native: the HTTP server library, whose code is native: which of its builds this machine can run, and the file that it is loaded from. What is built asks it
// for a file that loads sooner; fronts ask it for the library. It knows nothing of requests.

export { keepAdapted } from "./uws_binary.ts";
export { loadUws, type UwsApp, type UwsListenSocket, type UwsRequest, type UwsResponse } from "./uws.ts";

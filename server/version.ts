/** Versions: of this server, and of the one that it stands in for. */

import metadata from "../deno.json" with { type: "json" };

/** The version of Redis whose behaviour clients may count on. */
export const REDIS_VERSION = "7.2.4";

/** Etna's own. */
export const ETNA_VERSION: string = metadata.version;

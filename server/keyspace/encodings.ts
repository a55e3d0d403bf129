/**
 * The thresholds at which a small collection becomes a large one: the configuration's, copied to where
 * the core looks for them.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";

/** What the copying of thresholds needs of the server. */
export interface EncodingsNeeds {
  readonly core: Core;
  readonly config: Config;
}

const U32_MAX = 0xffffffff;

/** Copies the thresholds now and whenever CONFIG SET changes one. */
export function applyEncodings(server: EncodingsNeeds): void {
  applyHashes(server);
  applySets(server);
  applySortedSets(server);
  applyLists(server);
  applyStreams(server);
  applyHyperLogLogs(server);
  applySerialized(server);
}

function applyHashes({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    const { values } = config;
    core.u32[core.at.HASH_LISTPACK_ENTRIES] = Math.min(
      values["hash-max-listpack-entries"],
      U32_MAX,
    );
    core.u32[core.at.HASH_LISTPACK_VALUE] = Math.min(values["hash-max-listpack-value"], U32_MAX);
  };
  copy();
  config.onChange(["hash-max-listpack-entries", "hash-max-listpack-value"], copy);
}

function applySets({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    const { values } = config;
    core.u32[core.at.SET_INTSET_ENTRIES] = Math.min(values["set-max-intset-entries"], U32_MAX);
    core.u32[core.at.SET_LISTPACK_ENTRIES] = Math.min(values["set-max-listpack-entries"], U32_MAX);
    core.u32[core.at.SET_LISTPACK_VALUE] = Math.min(values["set-max-listpack-value"], U32_MAX);
  };
  copy();
  config.onChange(
    ["set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value"],
    copy,
  );
}

function applySortedSets({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    const { values } = config;
    core.u32[core.at.ZSET_LISTPACK_ENTRIES] = Math.min(
      values["zset-max-listpack-entries"],
      U32_MAX,
    );
    core.u32[core.at.ZSET_LISTPACK_VALUE] = Math.min(values["zset-max-listpack-value"], U32_MAX);
  };
  copy();
  config.onChange(["zset-max-listpack-entries", "zset-max-listpack-value"], copy);
}

/** Bytes of a node whose number of elements is limited. */
const COUNTED_NODE_BYTES = 8192;
const NODE_ENTRIES_MAX = 32767;
/** Elements of this size never share a node. */
const PLAIN_BYTES = 2 ** 30;

function applyLists({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    // Positive: so many elements a node. Negative: 4, 8, 16, 32 or 64 KiB.
    const size = config.values["list-max-listpack-size"];
    core.u32[core.at.LIST_NODE_BYTES] = size < 0
      ? 4096 * 2 ** (Math.min(-size, 5) - 1)
      : COUNTED_NODE_BYTES;
    core.u32[core.at.LIST_NODE_ENTRIES] = size < 0
      ? U32_MAX
      : Math.min(Math.max(size, 1), NODE_ENTRIES_MAX);
    core.u32[core.at.LIST_COMPRESS_DEPTH] = config.values["list-compress-depth"];
  };
  core.u32[core.at.LIST_PLAIN_BYTES] = PLAIN_BYTES;
  copy();
  config.onChange(["list-max-listpack-size", "list-compress-depth"], copy);
}

/** Bytes that no node may reach, whatever the limit. */
const STREAM_NODE_MAX_BYTES = 2 ** 30;

function applyStreams({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    // 0: no limit of one's own.
    const { "stream-node-max-bytes": bytes, "stream-node-max-entries": entries } = config.values;
    core.u32[core.at.STREAM_NODE_BYTES] = Math.min(bytes || Infinity, STREAM_NODE_MAX_BYTES);
    core.u32[core.at.STREAM_NODE_ENTRIES] = Math.min(entries || Infinity, U32_MAX);
  };
  copy();
  config.onChange(["stream-node-max-bytes", "stream-node-max-entries"], copy);
}

function applyHyperLogLogs({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    const bytes = config.values["hll-sparse-max-bytes"];
    core.u32[core.at.HLL_SPARSE_BYTES] = Math.min(bytes, U32_MAX);
  };
  copy();
  config.onChange("hll-sparse-max-bytes", copy);
}

/** How values are written, rather than kept. */
function applySerialized({ config, core }: EncodingsNeeds): void {
  const copy = () => {
    core.u32[core.at.RDB_COMPRESSES] = config.values.rdbcompression ? 1 : 0;
    // Nobody says who a payload is for: it is one that Redis 7.0 reads, unless it is to be another.
    core.u32[core.at.DUMP_VERSION] = config.values["rdb-version"] === "11" ? 11 : 10;
  };
  copy();
  config.onChange(["rdbcompression", "rdb-version"], copy);
}

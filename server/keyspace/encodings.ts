/**
 * The thresholds at which a small collection becomes a large one: the configuration's, copied to where
 * the core looks for them.
 */

import type { Server } from "../server.ts";

const U32_MAX = 0xffffffff;

/** Copies the thresholds now and whenever CONFIG SET changes one. */
export function applyEncodings(server: Server): void {
  applyHashes(server);
  applySets(server);
  applySortedSets(server);
}

function applyHashes({ config, core }: Server): void {
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

function applySets({ config, core }: Server): void {
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

function applySortedSets({ config, core }: Server): void {
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

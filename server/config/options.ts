/**
 * The table of all options: those of Redis 7.0.15 (defaults, bounds and error words taken from the
 * running server), the ones clients of 7.2 may set, and Etna's own.
 */

import { dataOptions } from "./options/data.ts";
import { networkOptions } from "./options/network.ts";
import { persistenceOptions } from "./options/persistence.ts";
import { processOptions } from "./options/process.ts";
import { topologyOptions } from "./options/topology.ts";
import type { Option } from "./types.ts";

export const options = {
  ...networkOptions,
  ...processOptions,
  ...dataOptions,
  ...persistenceOptions,
  ...topologyOptions,
};

/** The name of an option. */
export type OptionName = keyof typeof options;

/** The value of each option, typed by its row. */
export type ConfigValues = {
  readonly [Name in OptionName]: (typeof options)[Name] extends Option<infer T> ? T : never;
};

/** All names in the order of the table. */
export const optionNames = Object.keys(options) as OptionName[];

/** Every fixed check, for the report; the test files register them family by family. */

import type { Check } from "./check.ts";
import { blockingChecks } from "./blocking_cases.ts";
import { bitsChecks } from "./bits_cases.ts";
import { clientChecks } from "./client_cases.ts";
import { commandInfoChecks } from "./command_info_cases.ts";
import { configChecks } from "./config_cases.ts";
import { connectionChecks } from "./connection_cases.ts";
import { counterChecks } from "./counters_cases.ts";
import { dumpChecks } from "./dump_cases.ts";
import { eventsChecks } from "./events_cases.ts";
import { expireChecks } from "./expire_cases.ts";
import { geoChecks } from "./geo_cases.ts";
import { hashChecks } from "./hash_cases.ts";
import { hllChecks } from "./hll_cases.ts";
import { keyChecks } from "./keys_cases.ts";
import { listChecks } from "./list_cases.ts";
import { observeChecks } from "./observe_cases.ts";
import { protocolChecks } from "./protocol_cases.ts";
import { pubsubChecks } from "./pubsub_cases.ts";
import { saveChecks } from "./save_cases.ts";
import { serverChecks } from "./server_cases.ts";
import { setChecks } from "./set_cases.ts";
import { setsChecks } from "./sets_cases.ts";
import { streamBlockingChecks } from "./stream_blocking_cases.ts";
import { sortChecks } from "./sort_cases.ts";
import { streamChecks } from "./stream_cases.ts";
import { streamGroupChecks } from "./stream_group_cases.ts";
import { stringChecks } from "./strings_cases.ts";
import { transactionChecks } from "./transactions_cases.ts";
import { trackingChecks } from "./tracking_cases.ts";
import { wordsChecks } from "./words_cases.ts";
import { zsetChecks } from "./zset_cases.ts";
import { zsetStoreChecks } from "./zset_store_cases.ts";

/** In the order of the report. */
export const allChecks: readonly Check[] = [
  ...protocolChecks,
  ...connectionChecks,
  ...clientChecks,
  ...stringChecks,
  ...counterChecks,
  ...bitsChecks,
  ...hllChecks,
  ...setChecks,
  ...hashChecks,
  ...setsChecks,
  ...zsetChecks,
  ...zsetStoreChecks,
  ...listChecks,
  ...streamChecks,
  ...streamGroupChecks,
  ...streamBlockingChecks,
  ...transactionChecks,
  ...blockingChecks,
  ...geoChecks,
  ...keyChecks,
  ...dumpChecks,
  ...sortChecks,
  ...expireChecks,
  ...pubsubChecks,
  ...eventsChecks,
  ...trackingChecks,
  ...serverChecks,
  ...saveChecks,
  ...configChecks,
  ...observeChecks,
  ...commandInfoChecks,
  ...wordsChecks,
];

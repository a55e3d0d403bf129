/** Every fixed check, for the report; the test files register them family by family. */

import type { Check } from "./check.ts";
import { blockingChecks } from "./blocking_cases.ts";
import { bitsChecks } from "../../server/commands/bitmap/bits_cases.ts";
import { clientChecks } from "../../server/commands/connection/client_cases.ts";
import { commandInfoChecks } from "../../server/commands/server/command_info_cases.ts";
import { configChecks } from "../../server/commands/server/config_cases.ts";
import { connectionChecks } from "../../server/commands/connection/connection_cases.ts";
import { counterChecks } from "./counters_cases.ts";
import { dumpChecks } from "../../server/commands/generic/dump_cases.ts";
import { eventsChecks } from "./events_cases.ts";
import { expireChecks } from "../../server/commands/generic/expire_cases.ts";
import { geoChecks } from "../../server/commands/geo/geo_cases.ts";
import { hashChecks } from "../../server/commands/hash/hash_cases.ts";
import { hllChecks } from "../../server/commands/hyperloglog/hll_cases.ts";
import { keyChecks } from "../../server/commands/generic/keys_cases.ts";
import { listChecks } from "../../server/commands/list/list_cases.ts";
import { observeChecks } from "../../server/commands/server/observe_cases.ts";
import { protocolChecks } from "./protocol_cases.ts";
import { pubsubChecks } from "../../server/commands/pubsub/pubsub_cases.ts";
import { saveChecks } from "../../server/commands/server/save_cases.ts";
import { scriptingChecks } from "../../server/commands/scripting/scripting_cases.ts";
import { functionChecks } from "../../server/commands/scripting/function_cases.ts";
import { scriptLibraryChecks } from "../../server/commands/scripting/libraries_cases.ts";
import { aloneChecks } from "../../server/commands/server/alone_cases.ts";
import { serverChecks } from "../../server/commands/server/server_cases.ts";
import { setChecks } from "../../server/commands/set/set_cases.ts";
import { setsChecks } from "../../server/commands/set/sets_cases.ts";
import { streamBlockingChecks } from "../../server/commands/stream/stream_blocking_cases.ts";
import { sortChecks } from "../../server/commands/generic/sort_cases.ts";
import { streamChecks } from "../../server/commands/stream/stream_cases.ts";
import { streamGroupChecks } from "../../server/commands/stream/stream_group_cases.ts";
import { stringChecks } from "../../server/commands/string/strings_cases.ts";
import { transactionChecks } from "../../server/commands/transactions/transactions_cases.ts";
import { trackingChecks } from "../../server/commands/connection/tracking_cases.ts";
import { wordsChecks } from "./words_cases.ts";
import { zsetChecks } from "../../server/commands/zset/zset_cases.ts";
import { zsetStoreChecks } from "../../server/commands/zset/zset_store_cases.ts";

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
  ...scriptingChecks,
  ...scriptLibraryChecks,
  ...functionChecks,
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
  ...aloneChecks,
  ...saveChecks,
  ...configChecks,
  ...observeChecks,
  ...commandInfoChecks,
  ...wordsChecks,
];

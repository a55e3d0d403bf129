import { testChecks } from "../../../tests/compat/harness.ts";
import { zsetChecks } from "./zset_cases.ts";
import { zsetStoreChecks } from "./zset_store_cases.ts";

testChecks([...zsetChecks, ...zsetStoreChecks]);

/** Comparison cases of the commands that write and read files. */

import { family } from "../../../tests/compat/check.ts";

const s = String.raw;

export const saveChecks = family("save", {
  "SAVE, LASTSAVE: arity, and what they return": s`
    SAVE
    SAVE x
    ~near:2 LASTSAVE
    LASTSAVE x
    MULTI
    SAVE
    ~near:2 LASTSAVE
    EXEC
  `,
  "BGSAVE: options, in and out of transactions": s`
    BGSAVE now
    BGSAVE SCHEDULE x
    SET a 1
    BGSAVE
    !sleep 400
    ~rows:rdb_last_bgsave_status,rdb_changes_since_last_save,rdb_bgsave_in_progress INFO persistence
    ~near:2 LASTSAVE
    MULTI
    SET a 2
    BGSAVE
    SET a 3
    EXEC
    !sleep 900
    ~rows:rdb_last_bgsave_status,rdb_changes_since_last_save,rdb_bgsave_in_progress INFO persistence
    FLUSHALL
    ~rows:rdb_changes_since_last_save INFO persistence
  `,
  "INFO persistence: changes since the last save": s`
    SAVE
    ~rows:rdb_changes_since_last_save INFO persistence
    SET a 1
    RPUSH l 1 2 3
    ~rows:rdb_changes_since_last_save,rdb_bgsave_in_progress,loading INFO persistence
    SAVE
    ~rows:rdb_changes_since_last_save,rdb_last_bgsave_status INFO persistence
  `,
  "DEBUG RELOAD: options, and the data before and after": s`
    SET a 1
    SET b 2 EX 1000
    RPUSH l 1 2 3
    DEBUG RELOAD FOO
    DEBUG RELOAD
    DEBUG DIGEST
    DBSIZE
    ~near:2 TTL b
    SET c 3
    DEBUG RELOAD NOSAVE
    EXISTS a b c
    SET a changed
    SET d 4
    debug reload nosave noflush merge
    MGET a b d
    DBSIZE
    ~rows:rdb_last_load_keys_loaded,rdb_last_load_keys_expired INFO persistence
    FLUSHALL
    SET gone 1 PX 20
    SET here 1
    SAVE
    !sleep 40
    DEBUG RELOAD NOSAVE
    DBSIZE
    ~rows:rdb_last_load_keys_loaded,rdb_last_load_keys_expired INFO persistence
  `,
});

/** Users as text: the ACL file, and the `user` lines of a configuration file. */

import type { KeptDirective } from "../config/parse.ts";
import { isUserName, joinSelectors, type NamedUser, type Users } from "./users.ts";
import { ruleErrors } from "./selector.ts";

/** What files of users need of the server. */
export interface AclFileNeeds {
  readonly core: { toBinary(text: string): string };
  readonly config: { readonly values: { readonly aclfile: string } };
  readonly configFiles: {
    binaryOf(path: string): string | undefined;
    writeBinary(path: string, binary: string): void;
  };
  readonly log: { warning(text: string): void };
  readonly users: Users;
}

/** Loads the ACL file in place of all users there are. @returns what is wrong with it; nothing is changed then */
export function loadAclFile({ config, configFiles, users }: AclFileNeeds): string | null {
  const path = config.values.aclfile;
  const opening = `Error loading ACLs, opening file '${path}'`;
  let text: string | undefined;
  try {
    text = configFiles.binaryOf(path);
  } catch (error) {
    return `${opening}: ${(error as Error).message}`;
  }
  if (text === undefined) return `${opening}: No such file or directory`;
  const found = readUsers(text, path, users);
  if (typeof found === "string") return found;
  users.replaceAll(found);
  return null;
}

/** Writes all users. @returns whether they are on the disk */
export function saveAclFile({ config, configFiles, users, log }: AclFileNeeds): boolean {
  const lines = users.all.map((user) => `user ${user}\n`).join("");
  try {
    configFiles.writeBinary(config.values.aclfile, lines);
    return true;
  } catch (error) {
    log.warning(`Saving the ACL file failed: ${(error as Error).message}`);
    return false;
  }
}

/** The lines of all users for a configuration file, without `user`; none where they have a file of their own. */
export function userLines({ config, users }: Pick<AclFileNeeds, "config" | "users">): string[] {
  return config.values.aclfile === "" ? users.all.map((user) => asText(`${user}`)) : [];
}

/** Bytes as the text that they are in UTF-8. @param binary one character a byte */
function asText(binary: string): string {
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

/** @returns the users of an ACL file's text, or all that is wrong with it */
function readUsers(text: string, path: string, users: Users): NamedUser[] | string {
  const found = new Map<string, NamedUser>();
  let wrong = "";
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    if (line === "") continue;
    const where = `${path}:${index + 1}`;
    const [keyword, name, ...words] = line.split(" ");
    if (keyword !== "user" || name === undefined) {
      wrong += `${where} should start with user keyword followed by the username. `;
    } else if (found.has(name)) {
      wrong += `WARNING: Duplicate user '${name}' found on line ${index + 1}. `;
    } else {
      const user = users.make(name);
      found.set(name, user);
      wrong += describe(where, words, user, users);
    }
  }
  if (wrong === "") return [...found.values()];
  return `${wrong}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`;
}

/** Applies rules to a user that is being made. @returns what is wrong with them */
function describe(where: string, words: readonly string[], user: NamedUser, users: Users): string {
  const rules = joinSelectors(words);
  if ("unmatched" in rules) return `${where}: Unmatched parenthesis in selector definition.`;
  let wrong = "";
  let isTold = false;
  for (const rule of rules) {
    const refused = users.change(user, [rule]);
    if (refused === null) continue;
    if (refused.reason === ruleErrors.unknown) {
      wrong += `${where}: Error in applying operation '${rule}': ${refused.reason}. `;
    } else if (!isTold) {
      wrong += `${where}: ${refused.reason}. `;
      isTold = true;
    }
  }
  return wrong;
}

/** Makes the users that the server is to start with. @throws Error that says why it cannot */
export function loadUsersAtStart(server: AclFileNeeds, lines: readonly KeptDirective[]): void {
  const { config, log, users, core } = server;
  if (lines.length !== 0 && config.values.aclfile !== "") {
    throw new Error(
      "Configuring Etna with users defined in the configuration file and at the same setting an ACL file " +
        "path is invalid. This setup is very likely to lead to configuration errors and security holes, " +
        "please define either an ACL file or declare users directly in the configuration file, but not both.",
    );
  }
  if (config.values.aclfile !== "") {
    const wrong = loadAclFile(server);
    if (wrong !== null) throw new Error(`Aborting startup because of ACL errors: ${wrong}`);
  }
  const seen = new Set<string>();
  for (const { words, fail } of lines) {
    const [name, ...given] = words.map((word) => core.toBinary(word));
    const declaration = (rule: string, reason: string) =>
      fail(`Error in user declaration '${rule}': ${reason}`);
    if (seen.has(name)) {
      throw declaration(
        name,
        "Duplicate user found. A user can only be defined once in config files",
      );
    }
    seen.add(name);
    const rules = joinSelectors(given);
    if ("unmatched" in rules) throw declaration(rules.unmatched, "Unmatched parenthesis");
    if (!isUserName(name)) {
      log.warning("Spaces not allowed in ACL usernames");
      throw new Error("Critical error while loading ACLs. Exiting.");
    }
    const user = users.make(name);
    const wrong = users.change(user, rules);
    if (wrong === null) users.install(user);
    else if (wrong.reason !== ruleErrors.unknown) throw declaration(wrong.rule, wrong.reason);
    else {
      log.warning(
        `Error loading ACL rule '${wrong.rule}' for the user named '${name}': ${wrong.reason}`,
      );
      throw new Error("Critical error while loading ACLs. Exiting.");
    }
  }
}

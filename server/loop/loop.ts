/**
 * The event loop. A turn: wait -> read and execute every ready connection -> write the replies ->
 * close what is to be closed -> cron, when it is due. One thread, no locks.
 *
 * While there is traffic the loop waits inside `epoll_wait`, at most BUSY_WAIT_MS at a time, and gives
 * Deno's own loop a chance every YIELD_US. After a while without traffic it waits asynchronously: no CPU is used and
 * Deno's loop is free. That while is IDLE_AFTER_US after traffic that went on, and half as long each time that nothing
 * more came in it: who asks something now and then, or a timer, does not keep it up.
 *
 * Inside somebody else's process (`embedded`), and while files are loaded or a transport without a
 * poller has clients (`others`), it never blocks: what it would wait for may be in that very process,
 * behind it in Deno's loop. Without any poller it sleeps until it is woken.
 */

import type { Clock, Timers } from "../env/env.ts";
import type { Poller } from "../env/network.ts";

const BUSY_WAIT_MS = 2;
const YIELD_US = 10_000;
const IDLE_AFTER_US = 20_000;
const LEAST_IDLE_AFTER_US = 500;
/** Turns with traffic between two sleeps that are none that goes on: questions of nodes of a cluster, and answers. */
const FEW_TURNS = 8;
/** How long it waits for answers to what a turn of its own has sent: the next wait is the last one then. */
const ANSWER_US = 300;
/** How long a loop that does not block polls on before it goes to sleep. */
const POLITE_SPIN_US = 500;
/** Rest after a turn that failed: what made it fail may be there again at once. */
const FAILED_REST_MS = 10;

/** What the loop drives. */
export interface TurnHandler {
  /** Takes the clock for the turn. */
  beginTurn(): void;
  /** Serves what other sources than the poller have ready. @returns whether there was anything */
  serveReady(): boolean;
  /** Sends replies and closes connections. */
  endTurn(): void;
  /** Background work, when due by the monotonic clock. @returns ms until the next is due */
  cron(nowUs: number): number;
  /** Hears of what was thrown in a turn, which only a bug does; the loop goes on. */
  failed(error: unknown): void;
}

export class Loop {
  #stopping = false;
  #running: Promise<void> | null = null;
  #wakeIdle: (() => void) | null = null;
  /** Woken since the turn began: there is something to do, whatever the poller says. */
  #woken = false;
  /** The timer that wakes a loop without a poller, and when. */
  #cancelAlarm: (() => void) | null = null;
  #alarmUs = 0;
  /** Ms until background work is due. */
  #dueMs = 0;
  /** The clock as the turn has read it, once its replies were sent. */
  #nowUs = 0;

  constructor(
    readonly handler: TurnHandler,
    readonly clock: Clock,
    readonly timers: Timers,
    readonly poller: Poller | null,
    readonly embedded: boolean,
    /** Whether work may come from elsewhere than the poller. */
    readonly others: () => boolean = () => false,
  ) {}

  /** Begins to turn; does nothing where it turns already. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the turn under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#running;
    this.#cancelAlarm?.();
  }

  /** Makes an idle loop run a turn now. */
  wake(): void {
    this.#woken = true;
    this.poller?.interrupt();
    this.#wakeIdle?.();
  }

  async #run(): Promise<void> {
    let yieldedUs = this.clock.monotonicUs();
    // Inside a program it begins asleep: whoever starts it need not wait while it looks for traffic.
    let activeUs = this.embedded ? yieldedUs - IDLE_AFTER_US : yieldedUs;
    let idleAfterUs = IDLE_AFTER_US;
    /** Turns with traffic since it slept. */
    let busyTurns = 0;
    while (!this.#stopping) {
      const polite = this.embedded || this.others();
      const waitMs = polite || this.#woken ? 0 : Math.min(BUSY_WAIT_MS, this.#dueMs);
      let worked = false;
      try {
        worked = this.#turn(waitMs);
      } catch (error) {
        this.handler.failed(error);
        this.#nowUs = this.clock.monotonicUs();
        await this.timers.sleep(FAILED_REST_MS);
      }
      const nowUs = this.#nowUs;
      if (worked) {
        activeUs = nowUs;
        busyTurns++;
      }
      const patienceUs = this.poller === null ? -1 : polite ? POLITE_SPIN_US : idleAfterUs;
      if (nowUs - activeUs > patienceUs && !this.#woken && !this.#stopping) {
        if (busyTurns > FEW_TURNS) idleAfterUs = IDLE_AFTER_US;
        else if (busyTurns === 1) idleAfterUs = Math.max(LEAST_IDLE_AFTER_US, idleAfterUs / 2);
        busyTurns = 0;
        await this.#idle(this.#dueMs);
        activeUs = yieldedUs = this.clock.monotonicUs();
        // A cron tick is no traffic: go back to sleep after one look, or two for what it has asked of others.
        if (this.#dueMs > 0) activeUs -= patienceUs - (polite ? 0 : ANSWER_US);
        continue;
      }
      if (nowUs - yieldedUs > YIELD_US || (polite && !worked)) {
        await this.timers.yield();
        yieldedUs = this.clock.monotonicUs();
      }
    }
  }

  /** One turn. @returns whether there was anything to do */
  #turn(waitMs: number): boolean {
    const { poller, handler } = this;
    const count = poller === null ? 0 : poller.wait(waitMs);
    this.#woken = false;
    handler.beginTurn();
    if (count > 0) poller!.handle(count);
    const served = handler.serveReady();
    handler.endTurn();
    this.#nowUs = this.clock.monotonicUs();
    this.#dueMs = handler.cron(this.#nowUs);
    return served || count > 0;
  }

  /** Sleeps until something is ready, somebody calls {@link wake}, or `dueMs` have passed. */
  async #idle(dueMs: number): Promise<void> {
    if (this.poller !== null) return await this.poller.idle(dueMs);
    this.#setAlarm(dueMs);
    await new Promise<void>((resolve) => this.#wakeIdle = resolve);
    this.#wakeIdle = null;
  }

  /**
   * Sees to it that the loop is woken within `dueMs`. An alarm that is set and early enough stays: a
   * loop that sleeps between any two requests would spend more on timers than on the requests.
   */
  #setAlarm(dueMs: number): void {
    const dueUs = this.clock.monotonicUs() + dueMs * 1000;
    if (this.#cancelAlarm !== null) {
      if (this.#alarmUs <= dueUs) return;
      this.#cancelAlarm();
    }
    this.#alarmUs = dueUs;
    this.#cancelAlarm = this.timers.after(dueMs, () => {
      this.#cancelAlarm = null;
      this.#wakeIdle?.();
    });
  }
}

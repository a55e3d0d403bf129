/**
 * The event loop. A turn: wait -> read and execute every ready connection -> write the replies ->
 * close what is to be closed -> cron, when it is due. One thread, no locks.
 *
 * While there is traffic the loop waits inside `epoll_wait`, at most BUSY_WAIT_MS at a time, and gives
 * Deno's own loop a chance every YIELD_US. Without, it goes on to do so, as long as nothing is to come by Deno's loop
 * (`quietUs`): then that has to wait, REST_MS at most. A signal ends such a wait. To be woken by another thread and
 * Deno's loop costs 0.2 ms of CPU each time, three times as much as to be woken by the kernel; the nodes of a cluster
 * are, many times a second.
 *
 * Where Deno's loop is needed, it waits asynchronously after a while without traffic: no CPU is used and
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
/** How long Deno's loop waits at most; where something is to come by it sooner than the second, it is not kept waiting. */
const REST_MS = 1000;
const LEAST_REST_US = 2000;
/** How far what a turn has fulfilled goes on before a rest: steps of whoever waits for it, and of who waits for him. */
const STEPS = 8;
/** A signal is brought by Deno's loop, within this. */
const SIGNAL_MS = 20;
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
  /** When Deno's loop was last given a chance, and whether it was needed. */
  #yieldedUs = 0;
  #wasNeeded = true;
  /** A signal came, of which Deno's loop has not told yet. */
  #wasInterrupted = false;

  constructor(
    readonly handler: TurnHandler,
    readonly clock: Clock,
    readonly timers: Timers,
    readonly poller: Poller | null,
    readonly embedded: boolean,
    /** Whether work may come from elsewhere than the poller. */
    readonly others: () => boolean = () => false,
    /** For how many us from now on nothing is to come by the process's own loop. */
    readonly quietUs: (nowUs: number) => number = () => 0,
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
    const startUs = this.#yieldedUs = this.clock.monotonicUs();
    // Inside a program it begins asleep: whoever starts it need not wait while it looks for traffic.
    let activeUs = this.embedded ? startUs - IDLE_AFTER_US : startUs;
    let idleAfterUs = IDLE_AFTER_US;
    /** Turns with traffic since it slept. */
    let busyTurns = 0;
    let restMs: number | null = null;
    while (!this.#stopping) {
      const polite = this.embedded || this.others();
      const mostMs = restMs ?? Math.min(BUSY_WAIT_MS, this.#dueMs);
      const waitMs = polite || this.#woken ? 0 : mostMs;
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
      restMs = polite || (worked && busyTurns > FEW_TURNS) ? null : await this.#restMs();
      if (restMs !== null) {
        if (!worked) busyTurns = 0;
        continue;
      }
      const patienceUs = this.poller === null ? -1 : polite ? POLITE_SPIN_US : idleAfterUs;
      if (nowUs - activeUs > patienceUs && !this.#woken && !this.#stopping) {
        if (busyTurns > FEW_TURNS) idleAfterUs = IDLE_AFTER_US;
        else if (busyTurns === 1) idleAfterUs = Math.max(LEAST_IDLE_AFTER_US, idleAfterUs / 2);
        busyTurns = 0;
        await this.#idle(this.#dueMs);
        activeUs = this.clock.monotonicUs();
        // A cron tick is no traffic: go back to sleep after one look, or two for what it has asked of others.
        if (this.#dueMs > 0) activeUs -= patienceUs - (polite ? 0 : ANSWER_US);
        continue;
      }
      if (nowUs - this.#yieldedUs > YIELD_US || (polite && !worked)) await this.#yield();
    }
  }

  async #yield(): Promise<void> {
    await this.timers.yield();
    this.#yieldedUs = this.clock.monotonicUs();
  }

  /** Lets Deno's loop wait. @returns how long the next turn may wait for that, null: Deno's loop is needed */
  async #restMs(): Promise<number | null> {
    const { poller, clock } = this;
    if (poller === null) return null;
    if (this.#wasInterrupted) {
      this.#wasInterrupted = false;
      this.#wasNeeded = true;
      await poller.idle(Math.min(SIGNAL_MS, this.#dueMs));
    }
    if (this.quietUs(this.#nowUs) >= LEAST_REST_US) {
      if (this.#wasNeeded || this.#nowUs - this.#yieldedUs > REST_MS * 1000) await this.#yield();
      else for (let step = 0; step < STEPS; step++) await null;
      this.#wasNeeded = false;
      const quietUs = this.quietUs(clock.monotonicUs());
      if (quietUs >= LEAST_REST_US) {
        return Math.min(REST_MS, this.#dueMs, Math.floor(quietUs / 1000));
      }
    }
    this.#wasNeeded = true;
    return null;
  }

  /** One turn. @returns whether there was anything to do */
  #turn(waitMs: number): boolean {
    const { poller, handler } = this;
    const count = poller === null ? 0 : poller.wait(waitMs);
    if (count < 0) this.#wasInterrupted = true;
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
    if (this.poller !== null) {
      await this.poller.idle(dueMs);
      this.#yieldedUs = this.clock.monotonicUs();
      return;
    }
    // Who calls again and again wakes it before the process's loop has had a chance.
    if (this.#nowUs - this.#yieldedUs > YIELD_US) await this.#yield();
    if (this.#woken) return;
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

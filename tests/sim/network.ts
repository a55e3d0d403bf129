/**
 * A simulated network: links between nodes, each a pair of streams of bytes with latency, in pieces of any
 * size. Links break, are cut by a partition (bytes wait, as TCP's would, until it heals), and are left half
 * open by a node whose power went: its peer is told nothing.
 */

import type {
  Acceptor,
  Caller,
  Destination,
  Endpoint,
  Link,
  Listener,
  Network,
  Peer,
  Transport,
  TransportHost,
} from "../../server/env/network.ts";
import { peerEnded } from "../../server/env/network.ts";
import type { World } from "./world.ts";

/** Bytes that one write takes, and that wait to be read at most. */
const WINDOW_BYTES = 64 * 1024;

/** An end of a link, as its owner hears of it. */
export interface Listening {
  received(bytes: Uint8Array): void;
  /** The other side sends no more. */
  ended(): void;
  /** What {@link End.send} was given last has gone. */
  drained(): void;
  lost(reason: string): void;
}

/** One end of a link. */
export class End {
  other!: End;
  listener: Listening | null = null;
  isOpen = true;
  #inFlight = 0;
  /** When the last piece arrives: those behind it come later. */
  #arrivesUs = 0;

  constructor(readonly net: SimNetwork, readonly node: string) {}

  /** Sends bytes; {@link Listening.drained} tells when more can be. */
  send(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const { world } = this.net;
    for (let at = 0; at < bytes.length;) {
      const size = Math.min(bytes.length - at, world.random.between(1, WINDOW_BYTES));
      const piece = bytes.slice(at, at + size);
      at += size;
      this.#inFlight++;
      this.#later(() => {
        this.other.listener?.received(piece);
        if (--this.#inFlight === 0) this.listener?.drained();
      });
    }
  }

  /** Sends no more. */
  end(): void {
    if (this.isOpen) this.#later(() => this.other.listener?.ended());
  }

  /** Closes at once; the other side is told. */
  close(reason = "Connection reset by peer"): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.listener = null;
    this.#later(() => this.other.#lost(reason));
  }

  /** The node is gone without a word. */
  vanish(): void {
    this.isOpen = false;
    this.listener = null;
  }

  #lost(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { listener } = this;
    this.listener = null;
    listener?.lost(reason);
  }

  /** Has something arrive at the other side, after what was sent before, when there is a way. */
  #later(act: () => void): void {
    const { world } = this.net;
    const atUs = Math.max(this.#arrivesUs, world.nowUs + this.net.latencyUs());
    this.#arrivesUs = atUs;
    const arrive = () => {
      if (!this.net.connects(this.node, this.other.node)) {
        this.net.whenHealed(arrive);
      } else act();
    };
    world.after(atUs - world.nowUs, arrive);
  }
}

export class SimNetwork {
  /** Latency of a piece, at least and at most. */
  minLatencyUs = 50;
  maxLatencyUs = 500;
  /** Which side of a partition each node is on; all on one where there is none. */
  #sides = new Map<string, number>();
  #waiting: (() => void)[] = [];
  readonly #listeners = new Map<string, (end: End, from: string) => void>();
  readonly #ends = new Map<string, Set<End>>();

  constructor(readonly world: World) {}

  latencyUs(): number {
    return this.world.random.between(this.minLatencyUs, this.maxLatencyUs);
  }

  connects(one: string, other: string): boolean {
    return (this.#sides.get(one) ?? 0) === (this.#sides.get(other) ?? 0);
  }

  /** Cuts the nodes named off from all others. */
  partition(nodes: readonly string[], side = 1): void {
    for (const node of nodes) this.#sides.set(node, side);
  }

  heal(): void {
    this.#sides.clear();
    // At once, and so before what is sent from now on: no link changes the order of its bytes.
    for (const arrive of this.#waiting.splice(0)) this.world.after(0, arrive);
  }

  whenHealed(arrive: () => void): void {
    this.#waiting.push(arrive);
  }

  listen(address: string, accept: (end: End, from: string) => void): () => void {
    this.#listeners.set(address, accept);
    return () => this.#listeners.delete(address);
  }

  /** Connects a node to an address, `host:port`. */
  dial(
    node: string,
    address: string,
    connected: (end: End) => void,
    failed: (reason: string) => void,
  ): void {
    const host = address.slice(0, address.lastIndexOf(":"));
    const attempt = () => {
      if (!this.connects(node, host)) return this.whenHealed(attempt);
      const accept = this.#listeners.get(address);
      if (accept === undefined) return failed("Connection refused");
      const [near, far] = [new End(this, node), new End(this, host)];
      near.other = far;
      far.other = near;
      for (const end of [near, far]) this.#endsOf(end.node).add(end);
      accept(far, `${node}:${40000 + this.world.random.below(20000)}`);
      connected(near);
    };
    this.world.after(this.latencyUs(), attempt);
  }

  #endsOf(node: string): Set<End> {
    let ends = this.#ends.get(node);
    if (ends === undefined) this.#ends.set(node, ends = new Set());
    return ends;
  }

  /** A node dies: its peers are told by its system, or nobody tells them. */
  crash(node: string, silent: boolean): void {
    for (const end of this.#endsOf(node)) silent ? end.vanish() : end.close();
    this.#ends.delete(node);
    for (const address of this.#listeners.keys()) {
      if (address.startsWith(`${node}:`)) this.#listeners.delete(address);
    }
  }

  /** What a server on a node is given. */
  of(node: string): Network {
    return {
      openPoller: () => {
        throw new Error("there is none in a simulation");
      },
      openTransport: (host) => new SimTransport(this, node, host),
      lookup: (host) => Promise.resolve(host),
      hasIpv6: () => false,
      backlogLimit: () => null,
    };
  }
}

class SimTransport implements Transport {
  readonly name = "simulated";
  readonly isDualStack = false;
  readonly links = new Set<SimLink>();
  #nextFd = 1;

  constructor(readonly net: SimNetwork, readonly node: string, readonly host: TransportHost) {}

  get size(): number {
    return this.links.size;
  }

  listen(endpoint: Endpoint, accept?: Acceptor): Listener {
    if (endpoint.kind !== "tcp") throw new Error("only TCP is simulated");
    const { port } = endpoint;
    const close = this.net.listen(`${this.node}:${port}`, (end, from) => {
      const link = new SimLink(this, end, this.#nextFd++);
      this.host.events.defer(() => {
        const local = `${this.node}:${port}`;
        const connection = (accept ?? this.host.events.accepted.bind(this.host.events))(
          link,
          from,
          local,
        );
        if (typeof connection !== "string") return link.start(connection);
        end.send(new TextEncoder().encode(connection));
        end.close();
      });
    });
    return { port, ready: Promise.resolve(), close };
  }

  dial({ host, port }: Destination, caller: Caller): () => void {
    let over = false;
    const address = `${host}:${port}`;
    this.net.dial(this.node, address, (end) => {
      if (over) return end.close();
      const link = new SimLink(this, end, this.#nextFd++);
      this.host.events.defer(() => {
        const connection = caller.connected(link, address, `${this.node}:0`);
        if (connection === null) return link.close();
        link.start(connection);
        if (connection.hasOutput) link.flush(connection);
      });
    }, (reason) => {
      if (!over) this.host.events.defer(() => caller.failed(reason));
    });
    return () => over = true;
  }

  renew(): void {}

  close(): Promise<void> {
    for (const link of this.links) link.close();
    return Promise.resolve();
  }
}

class SimLink implements Link, Listening {
  readonly kind = "tcp";
  #peer: Peer | null = null;
  #inbox: Uint8Array[] = [];
  #reading = true;
  #scheduled = false;
  #ended = false;
  readonly #target = { ptr: 0, len: 0 };

  constructor(readonly transport: SimTransport, readonly end: End, readonly fd: number) {
    end.listener = this;
    transport.links.add(this);
  }

  start(peer: Peer): void {
    this.#peer = peer;
    if (this.#inbox.length !== 0 || this.#ended) this.#schedule();
    if (!this.end.isOpen) this.lost("closed by the peer");
  }

  received(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#schedule();
  }

  ended(): void {
    this.#ended = true;
    this.#schedule();
  }

  lost(reason: string): void {
    const peer = this.#peer;
    const { events } = this.transport.host;
    if (peer !== null && !peer.closed) events.defer(() => events.lost(peer, reason));
  }

  #schedule(): void {
    if (this.#scheduled || this.#peer === null) return;
    this.#scheduled = true;
    this.transport.host.events.defer(() => {
      this.#scheduled = false;
      this.#deliver(this.#peer!);
    });
  }

  #deliver(peer: Peer): void {
    const { events, memory } = this.transport.host;
    if (peer.closed) return;
    if (peer.closeAfterReply) this.#inbox = [];
    else if (this.#reading && this.#inbox.length !== 0) {
      peer.readTarget(memory, this.#target);
      if (this.#target.len === 0) return events.lost(peer, "no memory for its request");
      const bytes = this.#inbox[0];
      const count = Math.min(bytes.length, this.#target.len);
      memory.u8.set(bytes.subarray(0, count), this.#target.ptr);
      if (count === bytes.length) this.#inbox.shift();
      else this.#inbox[0] = bytes.subarray(count);
      events.received(peer, count);
      if (peer.closed) return;
    }
    if (this.#reading && this.#inbox.length !== 0) this.#schedule();
    else if (this.#ended && this.#inbox.length === 0) peerEnded(peer, events);
  }

  setReading(reading: boolean): void {
    if (this.#reading === reading) return;
    this.#reading = reading;
    if (reading && (this.#inbox.length !== 0 || this.#ended)) this.#schedule();
  }

  setNoDelay(): void {}

  flush(peer: Peer): void {
    if (peer.sending || !peer.hasOutput) return;
    const { output, memory, events } = this.transport.host;
    const bytes = new Uint8Array(Math.min(output.pendingBytes(peer), WINDOW_BYTES));
    let filled = 0;
    output.pieces(peer, (ptr, len) => {
      const part = Math.min(len, bytes.length - filled);
      bytes.set(memory.u8.subarray(ptr, ptr + part), filled);
      filled += part;
      return filled < bytes.length;
    });
    output.sent(peer, filled);
    if (!output.keep(peer)) return events.lost(peer, "no memory for its replies");
    peer.sending = true;
    this.end.send(bytes.subarray(0, filled));
  }

  drained(): void {
    const peer = this.#peer;
    if (peer === null) return;
    peer.sending = false;
    if (peer.closed || (!peer.hasOutput && !peer.closeAfterReply)) return;
    const { events } = this.transport.host;
    events.defer(() => {
      if (peer.closed || peer.sending) return;
      events.flushEffects();
      if (peer.hasOutput) this.flush(peer);
      else if (peer.closeAfterReply) events.lost(peer, "");
    });
  }

  close(): void {
    this.transport.links.delete(this);
    this.end.close();
  }
}

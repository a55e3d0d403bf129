/** Geo: the functions of angles, the grid, and searches against a model, in both encodings and without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, loadTestingCore, type Random, scaled } from "./testing.ts";

// ---- angles ---------------------------------------------------------------------------------------

const BITS = 160n;
const ONE = 1n << BITS;

/** A double as a fixed-point number, exactly from 2^-27 on. */
function fixed(value: number): bigint {
  return BigInt(Math.trunc(value * 2 ** 80)) << (BITS - 80n);
}

/** Sine, or with `first` 0 cosine, by its series. */
function series(x: bigint, first: 0 | 1): bigint {
  let term = first === 1 ? x : ONE;
  let sum = term;
  for (let n = BigInt(first); term !== 0n && n < 200n; n += 2n) {
    term = -((term * x >> BITS) * x >> BITS) / ((n + 1n) * (n + 2n));
    sum += term;
  }
  return sum;
}

/** How far a double is from a fixed-point number, in its last bits. */
function ulps(value: number, exact: bigint): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52);
  return Number(fixed(value) - exact) / 2 ** Number(BITS) / unit;
}

/** A random number between 0 and `limit`, with no bits below 2^-53. */
function fraction(random: Random, limit: number): number {
  return Math.floor((random(2 ** 26) / 2 ** 26 + random(2 ** 26) / 2 ** 52) * limit * 2 ** 48) /
    2 ** 48;
}

Deno.test("geo: sines, cosines and arc sines are rounded to the nearest", () =>
  fuzz(async (random) => {
    const { core } = await loadTestingCore();
    for (let i = 0; i < scaled(400); i++) {
      const angle = fraction(random, Math.PI / 2) + 2 ** -20;
      assert(Math.abs(ulps(core.sine(angle), series(fixed(angle), 1))) < 0.503, `sin ${angle}`);
      assert(Math.abs(ulps(core.cosine(angle), series(fixed(angle), 0))) < 0.51, `cos ${angle}`);
      const obtuse = angle + Math.PI / 2;
      const near = ulps(core.sine(obtuse), series(fixed(obtuse), 1));
      assert(angle > 1.57 || Math.abs(near) < 0.503, `sin ${obtuse}`);
      assertEquals(core.sine(-angle), -core.sine(angle));
      assertEquals(core.cosine(-angle), core.cosine(angle));
      const height = fraction(random, 1) * 0.999;
      const arc = core.arcSine(height);
      // The slope of the sine tells how far the arc is off.
      const error = Number(series(fixed(arc), 1) - fixed(height)) / 2 ** Number(BITS);
      const unit = 2 ** (Math.floor(Math.log2(arc)) - 52);
      assert(height < 1e-3 || Math.abs(error / Math.cos(arc) / unit) < 0.51, `asin ${height}`);
    }
  }));

Deno.test("geo: ends and beyond", async () => {
  const { core } = await loadTestingCore();
  assertEquals(core.sine(0), 0);
  assertEquals(core.sine(Math.PI), 1.2246467991473532e-16);
  assertEquals(core.cosine(0), 1);
  assertEquals(core.cosine(Math.PI), -1);
  assertEquals(core.cosine(Math.PI / 2), 6.123233995736766e-17);
  assert(Math.abs(core.cosine(100) - Math.cos(100)) < 1e-13);
  assert(Number.isNaN(core.cosine(Infinity)));
  assertEquals(core.arcSine(0), 0);
  assertEquals(core.arcSine(1), Math.PI / 2);
  assert(Number.isNaN(core.arcSine(1.0000000000000002)));
  assert(Number.isNaN(core.arcSine(NaN)));
});

// ---- numbers and cells ----------------------------------------------------------------------------

Deno.test("geo: four decimals, rounded once and ties to even", () =>
  fuzz(async (random) => {
    const { core, scratch, text } = await loadTestingCore();
    const model = (value: number) => {
      const product = fixed(value) * 10000n;
      let whole = product >> BITS;
      const rest = (product - (whole << BITS)) * 2n;
      if (rest > ONE || (rest === ONE && whole % 2n === 1n)) whole++;
      return `${whole / 10000n}.${String(whole % 10000n).padStart(4, "0")}`;
    };
    const check = (value: number) =>
      assertEquals(text(scratch, core.writeFixed4(scratch, value)), model(value), `${value}`);
    for (const value of [0, 0.00005, 0.00015, 0.03125, 0.09375, 0.99995, 9.99995, 20015086.79601]) {
      check(value);
    }
    for (let i = 0; i < scaled(2000); i++) {
      check(random(2 ** 32) / 2 ** random(40));
      check(random(20_000) / 32 + 1 / 32);
    }
    assertEquals(text(scratch, core.writeFixed4(scratch, NaN)).replace("-", ""), "nan");
    assertEquals(text(scratch, core.writeFixed4(scratch, 5e-324)), "0.0000");
  }));

Deno.test("geo: a place is within its cell, and the middle of a cell in that cell", () =>
  fuzz(async (random) => {
    const { core } = await loadTestingCore();
    const interleaved = (x: number, y: number) => {
      let cell = 0n;
      for (let bit = 0n; bit < 27n; bit++) {
        cell |= (BigInt(x) >> bit & 1n) << (2n * bit + 1n) | (BigInt(y) >> bit & 1n) << (2n * bit);
      }
      return cell;
    };
    for (let i = 0; i < scaled(2000); i++) {
      const longitude = random(2 ** 32) / 2 ** 32 * 360 - 180;
      const latitude = random(2 ** 32) / 2 ** 32 * 170.10225756 - 85.05112878;
      const step = 1 + random(26);
      const cell = core.encode(longitude, latitude, step, -85.05112878, 85.05112878);
      const x = Math.floor((longitude + 180) / 360 * 2 ** step);
      const y = Math.floor((latitude + 85.05112878) / 170.10225756 * 2 ** step);
      assertEquals(BigInt.asUintN(64, cell), interleaved(x, y));
      const fine = core.encode(longitude, latitude, 26, -85.05112878, 85.05112878);
      core.decode(Number(fine));
      const [middleX, middleY] = [core.placeLongitude.value, core.placeLatitude.value];
      assert(Math.abs(middleX - longitude) < 360 / 2 ** 26);
      assert(Math.abs(middleY - latitude) < 171 / 2 ** 26);
      assertEquals(core.encode(middleX, middleY, 26, -85.05112878, 85.05112878), fine);
    }
  }));

// ---- searches -------------------------------------------------------------------------------------

interface Place {
  longitude: number;
  latitude: number;
}

/** Bulks of a reply. */
function bulks(reply: string): string[] {
  return [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, text]) => text);
}

/** Places in two sorted sets, one a listpack and one a tree, and in a model. */
class GeoRig {
  readonly model = new Map<string, Place>();
  constructor(readonly rig: CommandRig) {}
  static async load(limitBytes?: number): Promise<GeoRig> {
    return new GeoRig(await CommandRig.load(limitBytes));
  }
  get at() {
    return this.rig.core.at;
  }
  add(name: string, { longitude, latitude }: Place): void {
    for (const [key, entries] of [["listpack", 100_000], ["tree", 0]] as const) {
      this.rig.core.u32[this.at.ZSET_LISTPACK_ENTRIES] = entries;
      this.rig.core.u32[this.at.ZSET_LISTPACK_VALUE] = 64;
      const words = ["geoadd", key, String(longitude), String(latitude), name];
      assert(this.rig.run(words, (x) => x.geoAdd(0, 1, 2, 0)).status >= 0);
    }
    this.model.set(name, { longitude, latitude });
  }
  search(key: string, middle: Place, shape: string[], flags: number, count = 0) {
    const { longitude, latitude } = middle;
    const words = ["geosearch", key, String(longitude), String(latitude), ...shape, "m"];
    if (count > 0) words.push(String(count));
    const narg = count > 0 ? words.length - 1 : 0;
    return this.rig.run(words, (x) => x.geoSearch(0, 1, 0, 2, 4, narg, flags));
  }
}

/** Meters between two places; not to the last bit. */
function meters(a: Place, b: Place): number {
  const radian = Math.PI / 180;
  const u = Math.sin((b.latitude - a.latitude) * radian / 2);
  const v = Math.sin((b.longitude - a.longitude) * radian / 2);
  const cosines = Math.cos(a.latitude * radian) * Math.cos(b.latitude * radian);
  return 2 * 6372797.560856 * Math.asin(Math.sqrt(u * u + cosines * v * v));
}

Deno.test("geo: searches find what a look at all members finds, nearest first", () =>
  fuzz(async (random) => {
    const geo = await GeoRig.load();
    const { GEO_ASCENDING, GEO_BOX } = geo.at;
    // Away from the poles and the date line, where the grid misses nothing.
    const place = () => ({ longitude: random(4000) / 100 - 20, latitude: random(8000) / 100 - 40 });
    for (let i = 0; i < 500; i++) geo.add(`m${i}`, place());
    for (let i = 0; i < scaled(300); i++) {
      const middle = place();
      const radius = 10 ** (1 + random(5500) / 1000);
      const isBox = random(2) === 0;
      const shape = isBox ? [String(2 * radius), String(radius)] : [String(radius)];
      const flags = GEO_ASCENDING | (isBox ? GEO_BOX : 0);
      const inside = (slack: number) =>
        [...geo.model].filter(([, other]) => {
          if (!isBox) return meters(middle, other) <= radius + slack;
          const along = meters({ ...middle, latitude: other.latitude }, other);
          const across = meters({ ...middle, longitude: other.longitude }, other);
          return along <= radius + slack && across <= radius / 2 + slack;
        });
      const found = bulks(geo.search("tree", middle, shape, flags).reply);
      assertEquals(bulks(geo.search("listpack", middle, shape, flags).reply), found);
      // Members lie up to 0.6 m from where they were put.
      for (const [name] of inside(-2)) assert(found.includes(name), `${name} is missing`);
      const allowed = new Set(inside(2).map(([name]) => name));
      for (const name of found) assert(allowed.has(name), `${name} is too many`);
      const distances = found.map((name) => meters(middle, geo.model.get(name)!));
      distances.forEach((one, at) => assert(at === 0 || one > distances[at - 1] - 4));
      const some = 1 + random(20);
      const first = bulks(geo.search("tree", middle, shape, flags, some).reply);
      assertEquals(first.length, Math.min(some, found.length));
      for (const [at, name] of first.entries()) {
        assert(Math.abs(meters(middle, geo.model.get(name)!) - distances[at]) < 4);
      }
    }
  }));

Deno.test("geo: without memory nothing is changed and nothing lost", async () => {
  const geo = await GeoRig.load(2 ** 26);
  const { rig, at } = geo;
  rig.core.u32[at.ZSET_LISTPACK_ENTRIES] = 0;
  const words = ["geoadd", "tree"];
  for (let i = 0; i < 15_000; i++) words.push(String(i % 180), String(i % 85), `member:${i}`);
  assertEquals(rig.run(words.slice(0, 1502), (x) => x.geoAdd(0, 1, 2, 0)).status & 2, 2);
  for (let i = 0; i < 60; i++) {
    const some = [...words.slice(0, 2), ...words.slice(2 + i * 750, 2 + (i + 1) * 750)];
    rig.run(some, (x) => x.geoAdd(0, 1, 2, 0));
  }
  const all = ["geosearch", "tree", "stored", "0", "0", "30000", "km"];
  const store = () => rig.run(all, (x) => x.geoSearch(0, 1, 2, 3, 5, 0, at.GEO_ASCENDING));
  const giveBack = rig.exhaust();
  const before = rig.core.usedBytes;
  assertEquals(store().status, at.OUT_OF_MEMORY);
  assertEquals(rig.core.usedBytes, before);
  const one = ["geoadd", "other", "1", "1", "member"];
  assertEquals(rig.run(one, (x) => x.geoAdd(0, 1, 2, 0)).status, at.OUT_OF_MEMORY);
  giveBack();
  assertEquals(rig.run(one, (x) => x.geoAdd(0, 1, 2, 0)).status & 3, 3);
  const { status, reply } = store();
  assertEquals(status & at.GEO_FOUND, at.GEO_FOUND);
  const count = Number(reply.slice(1, -2));
  assert(count > 1000, `${count} are found`);
  assertEquals(rig.run(["zcard", "stored"], (x) => x.zsetCard(0, 1)).reply, reply);
});

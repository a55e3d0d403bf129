/** Comparison cases of the geo commands. */

import { family } from "./check.ts";

const s = String.raw;

/** Some places: towns, the corners of the map, and two members of one place. */
const PLACES = s`
    GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    GEOADD g 12.758489 38.788135 edge1 17.241510 38.788135 edge2 -0.1278 51.5074 London
    GEOADD g 180 85.05112878 ne -180 -85.05112878 sw 180 -85.05112878 se -180 85.05112878 nw
    GEOADD g 0 0 zero 179.9999 1 east -179.9999 1 west 15.087269 37.502669 again
`;

export const geoChecks = family("geo", {
  "GEOADD": s`
    GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
    ZRANGE g 0 -1 WITHSCORES
    GEOADD g 13.361389 38.115556 Palermo
    GEOADD g 14 38 Palermo
    GEOADD g CH 13 38 Palermo 1 2 new
    GEOADD g NX 1 1 Palermo 1 1 nx
    GEOADD g XX 2 2 Palermo 2 2 absent
    GEOADD g xx ch 3 3 Palermo 3 3 absent
    GEOADD g ch nx 3 3 Palermo 3 3 nx2 3 3 nx2
    GEOADD missing XX 1 1 a
    EXISTS missing
    GEOADD g -0 -0 zero 1e0 0x10 hex +5. .5 dots
    GEOADD g 180 85.05112878 ne -180 -85.05112878 sw 180 -85.05112878 se -180 85.05112878 nw
    GEOADD g 1 1 "" 2 2 "\x00\xff\r\n"
    ZRANGE g 0 -1 WITHSCORES
    OBJECT ENCODING g
    TYPE g
    GEOADD long 1 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    OBJECT ENCODING long
  `,
  "GEOADD: errors": s`
    SET str v
    GEOADD
    GEOADD g
    GEOADD g 1 1
    GEOADD g NX CH XX
    GEOADD g NX CH NX
    GEOADD g NX 1 x
    GEOADD g 1 NX x
    GEOADD g 1 2 x 3
    GEOADD g NX XX 1 1 x
    GEOADD g GT 1 1 x
    GEOADD g NX 1 1 x NX
    GEOADD g 181 2 x
    GEOADD g 181.0078125 -90.00000049 x
    GEOADD g 181.0234375 0 x
    GEOADD g -181.0000005 0 x
    GEOADD g 180.0000001 0 x
    GEOADD g 0 85.05112879 x
    GEOADD g 0 -85.05112879 x
    GEOADD g inf 1 x
    GEOADD g 1 -inf x
    GEOADD g -1e30 -0 x
    GEOADD g 1e300 1.5 x
    GEOADD g nan 1 x
    GEOADD g 1 1 x 1 nan y
    GEOADD g 1 1 x 200 1 y
    GEOADD g 1 1 x 200 abc y
    GEOADD g "" 1 x
    GEOADD g " 1" 1 x
    GEOADD str 1 1 x
    GEOADD str abc 1 x
    GEOADD str 200 1 x
    GEOADD str XX 1 1 x
    EXISTS g
  `,
  "GEOPOS and GEOHASH": s`
    ${PLACES}
    GEOPOS g Palermo Catania missing ne sw se nw zero east west
    GEOHASH g Palermo Catania missing ne sw se nw zero east west
    GEOPOS g
    GEOHASH g
    GEOPOS missing
    GEOPOS missing a b
    GEOHASH missing
    GEOHASH missing a b
    SET str v
    GEOPOS str
    GEOPOS str a
    GEOHASH str a
    GEOPOS
    GEOHASH
    ZADD odd 1.5 half -5 negative 1e19 large 1e300 huge inf inf -inf -inf 9007199254740993 big
    GEOPOS odd half negative large huge inf -inf big
    GEOHASH odd half negative large huge inf -inf big
    ZADD odd2 9223372036854775808 a 18446744073709551615 b -9223372036854775809 c 4503599627370495 d
    GEOPOS odd2 a b c d
    GEOHASH odd2 a b c d
  `,
  "GEODIST": s`
    ${PLACES}
    GEODIST g Palermo Catania
    GEODIST g Palermo Catania m
    GEODIST g Palermo Catania KM
    GEODIST g Palermo Catania fT
    GEODIST g Palermo Catania Mi
    GEODIST g Palermo Palermo
    GEODIST g Catania again
    GEODIST g Palermo missing
    GEODIST g missing Palermo
    GEODIST missing a b
    GEODIST missing a b bogus
    GEODIST g ne sw
    GEODIST g ne se
    GEODIST g ne nw
    GEODIST g nw sw mi
    GEODIST g east west ft
    GEODIST g zero London km
    GEODIST g zero ne km
    GEODIST g Palermo Catania m m
    GEODIST g Palermo Catania ""
    GEODIST g Palermo Catania cm
    GEODIST g Palermo
    SET str v
    GEODIST str a b
    GEODIST str a b bogus
    ZADD odd -5 a 1e19 b inf c 12 d
    GEODIST odd a b
    GEODIST odd a c
    GEODIST odd d c
  `,
});

import { assertEquals } from "@std/assert";
import { latencyGraph } from "./graph.ts";

/** Seconds and ms of the samples that redis-server 7.0.15 had when it drew the graph below. */
const SAMPLES = `
  0:31 1:69 2:71 4:58 5:72 6:67 7:70 8:25 9:33 11:81 12:81 13:62 14:19 15:34 16:60 17:50 18:39
  19:22 20:15 21:54 22:76 23:33 24:56 25:88 26:21 27:54 28:38 29:40 30:80 32:79 33:90 34:129
  35:27 36:58 37:124 38:86 39:25 40:55 41:28 42:65 43:88 44:87 45:98 47:88 48:32 49:54 50:49
  51:76 52:38 53:36 54:39 55:76 56:56 57:44 58:77 59:80 60:33 61:87 62:18 63:73 64:13 65:43
  66:76 67:58 68:71 69:25 70:76 71:81 72:34 73:78 74:72 75:71 76:51 77:50 78:57 79:49 80:42
  81:54 82:56 83:14 84:76 85:87 86:37 87:59 88:19 89:63 90:42 91:77 92:40 93:39 94:27 95:35
  96:40 97:40 98:59 99:58 100:54 101:45
`;
const NOW_S = 101;
const GRAPH = `
command - high 129 ms, low 13 ms (all time high 129 ms)
--------------------------------------------------------------------------------
                               #  #                                             
  _ _    oo         _  o    __o|  |o    oo#o   _   _  __ o _  _ _ _o ___        
 #|o|##  ||#  o_   o| o| o  |||| o|| o #|||| o_|   |o_|| | | _|o| || |||__o__oo 
o||||||o#|||_#||#__||#||_|##||||o|||o|o|||||o|||###|||||#|_|_||||o||#||||||||||_
                                                                                
11111111111111111111111111111111111111155555555544444444443333333333222222222211
mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm98764321098765432109876543210987654321098
                                       sssssssssssssssssssssssssssssssssssssssss

                  
_o     _          
|| o #_|      ooo_
||#|_|||##o###||||
                  
111111119876543210
76543210ssssssssss
ssssssss          
`;

Deno.test("latencyGraph: the graph that redis-server draws of the same samples", () => {
  const samples = SAMPLES.trim().split(/\s+/).map((sample) => {
    const [timeS, ms] = sample.split(":").map(Number);
    return { timeS, ms };
  });
  assertEquals(latencyGraph("command", { samples, maxMs: 129 }, NOW_S), GRAPH.slice(1));
});

Deno.test("latencyGraph: one sample, and samples that are all alike", () => {
  const graph = (...ms: number[]) =>
    latencyGraph("x", { samples: ms.map((ms) => ({ timeS: 0, ms })), maxMs: 50 }, 7200)
      .split("\n").slice(2);
  assertEquals(graph(20), [" ", " ", " ", "_", " ", "2", "h", ""]);
  assertEquals(graph(20, 20), ["  ", "  ", "  ", "__", "  ", "22", "hh", ""]);
});

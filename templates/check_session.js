// The provider's frame of OpenID Connect Session Management 1.0. Plain old JavaScript: apps put it into their pages,
// whatever browser those are for. It sends nothing anywhere; it compares, and answers whoever asked.
(function () {
  "use strict";
  var COOKIE = document.documentElement.getAttribute("data-cookie");

  // FIPS 180-4: the first 32 bits of the fractional parts of the square and cube roots of the first primes.
  var START = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
  ];
  var ROUNDS = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
  ];

  function turned(word, by) {
    return (word >>> by) | (word << (32 - by));
  }

  // One block of 16 words into the state.
  function mixed(state, block) {
    var words = block.slice();
    var i;
    for (i = 16; i < 64; i += 1) {
      var before = words[i - 15];
      var last = words[i - 2];
      var small0 = turned(before, 7) ^ turned(before, 18) ^ (before >>> 3);
      var small1 = turned(last, 17) ^ turned(last, 19) ^ (last >>> 10);
      words[i] = (words[i - 16] + small0 + words[i - 7] + small1) | 0;
    }
    var s = state.slice();
    for (i = 0; i < 64; i += 1) {
      var big1 = turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25);
      var choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      var first = (s[7] + big1 + choice + ROUNDS[i] + words[i]) | 0;
      var big0 = turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22);
      var majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      s = [(first + big0 + majority) | 0, s[0], s[1], s[2], (s[3] + first) | 0, s[4], s[5], s[6]];
    }
    for (i = 0; i < 8; i += 1) {
      s[i] = (s[i] + state[i]) | 0;
    }
    return s;
  }

  function sha256(text) {
    var bytes = unescape(encodeURIComponent(text)) + "\u0080";
    while (bytes.length % 64 !== 56) {
      bytes += "\u0000";
    }
    var bits = unescape(encodeURIComponent(text)).length * 8;
    var words = [];
    for (var i = 0; i < bytes.length; i += 1) {
      words[i >> 2] = (words[i >> 2] << 8) | bytes.charCodeAt(i);
    }
    words.push(Math.floor(bits / 4294967296), bits | 0);
    var state = START;
    for (var block = 0; block < words.length; block += 16) {
      state = mixed(state, words.slice(block, block + 16));
    }
    var hex = "";
    for (var j = 0; j < 8; j += 1) {
      hex += ("0000000" + (state[j] >>> 0).toString(16)).slice(-8);
    }
    return hex;
  }

  function browserState() {
    var parts = document.cookie.split(";");
    for (var i = 0; i < parts.length; i += 1) {
      var part = parts[i].replace(/^\s+/, "");
      if (part.indexOf(COOKIE + "=") === 0) {
        return part.substring(COOKIE.length + 1);
      }
    }
    return null;
  }

  // §3.2: "client_id session_state", and a session_state is a hash and its salt.
  function answer(message, origin, say) {
    var asked = typeof message === "string" && /^([^ ]+) ([0-9a-f]{64})\.([A-Za-z0-9_-]+)$/.exec(message);
    var state = browserState();
    if (!asked) {
      say("error");
    } else if (state === null) {
      // Where cookies are kept from frames nothing can be told: "changed" would send the app round in circles.
      ifCookiesCanBeRead(function (canBeRead) {
        say(canBeRead ? "changed" : "error");
      });
    } else {
      say(sha256([asked[1], origin, state, asked[3]].join(" ")) === asked[2] ? "unchanged" : "changed");
    }
  }

  function ifCookiesCanBeRead(say) {
    if (!document.hasStorageAccess) {
      say(navigator.cookieEnabled !== false);
      return;
    }
    document.hasStorageAccess().then(say, function () {
      say(false);
    });
  }

  window.addEventListener("message", function (event) {
    // A page without an origin of its own could not be told anything that nobody else hears.
    if (event.source && event.origin && event.origin !== "null") {
      answer(event.data, event.origin, function (word) {
        event.source.postMessage(word, event.origin);
      });
    }
  });
})();

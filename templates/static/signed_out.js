// After signing out: goes on once every app's frame has loaded, or when one takes too long. Plain old JavaScript, for
// every browser; without it the page goes on a moment later by itself.
(function () {
  "use strict";
  var longest = 5000;
  var gone = false;
  function goOn() {
    var link = document.getElementById("continue");
    if (link && !gone) {
      gone = true;
      window.location.replace(link.href);
    }
  }
  window.addEventListener("load", goOn);
  window.setTimeout(goOn, longest);
})();

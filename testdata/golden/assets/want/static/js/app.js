(() => {
  // site:assets/js/greet.ts
  var greet = (name) => `Hello ${name}`;

  // params:params
  var who = "you";

  // site:assets/js/main.ts
  var who2 = who;
  console.log(greet(who2));
})();

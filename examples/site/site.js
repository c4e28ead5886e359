// What a site says of its own: these calls wait until the script of Interplay has come.
window.interplay = window.interplay || [];
const tell = (...call) => window.interplay.push(call);

for (const button of document.querySelectorAll("[data-product]")) {
  button.addEventListener("click", () => {
    const { product, price } = button.dataset;
    tell("track", "Product Added", { product_id: product, price: Number(price), currency: "CNY" });
    say("In the cart · 已加入购物车");
  });
}

document.getElementById("join").addEventListener("submit", (event) => {
  event.preventDefault();
  tell("identify", new FormData(event.target).get("member"));
  say("Welcome · 欢迎");
});

// The answer is the shop's to keep; Interplay keeps its own note of a yes.
const banner = document.getElementById("consent");
const answer = localStorage.getItem("shop.consent");
banner.hidden = answer !== null;
if (answer === "no") tell("consent", false);
for (const button of banner.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    localStorage.setItem("shop.consent", button.value);
    tell("consent", button.value === "yes");
    banner.hidden = true;
  });
}

function say(text) {
  document.getElementById("said").textContent = text;
}

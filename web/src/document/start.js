import start, * as console from "$JS";
await start({ module_or_path: "$WASM" });
window.orgtrailIslands = (root) => {
  for (const island of root.querySelectorAll("leptos-island")) console[island.dataset.component]?.(island);
};
console.hydrate();
window.orgtrailIslands(document);
document.body.dataset.hydrated = "";
performance.mark("hydrated");

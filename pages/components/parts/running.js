// Whether Streamlit runs the page.
const isRunning = () =>
  document.querySelector("[data-test-script-state]")?.dataset.testScriptState === "running";

// Copies the address of the page. Browsers have `navigator.clipboard` on localhost and HTTPS only; in a
// local network without, the older way copies what is selected; where that is forbidden too, the link
// stands there selected, for people to copy themselves.

export default function ({ parentElement }) {
  const [button, status, field] = ["button", "span", "input"].map((tag) =>
    parentElement.querySelector(tag),
  );
  button.onclick = async () => {
    status.textContent = "";
    field.value = location.href;
    const done = (await byClipboard(field.value)) || bySelection(field);
    field.hidden = done;
    if (done) button.focus();
    // Said anew each time, because it is only heard when it changes.
    requestAnimationFrame(() => {
      status.textContent = done
        ? "Copied."
        : "This browser does not let the page copy. The link is selected: copy it from here.";
    });
  };
}

async function byClipboard(link) {
  try {
    await navigator.clipboard.writeText(link);
    return true;
  } catch {
    return false;
  }
}

function bySelection(field) {
  field.hidden = false;
  field.focus();
  field.select();
  field.scrollLeft = 0;
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}

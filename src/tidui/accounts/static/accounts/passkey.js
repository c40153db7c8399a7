/* Passkeys: hands what the server asks to the browser, and what the browser answers to the form.
   <form data-passkey="create|get" data-options="…json…"> or data-options-url; its submit button begins. */
"use strict";

(() => {
  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const toText = (buffer) => {
    let plain = "";
    new Uint8Array(buffer).forEach((byte) => { plain += String.fromCharCode(byte); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  async function create(asked, alone) {
    const options = { ...asked, challenge: toBytes(asked.challenge) };
    options.user = { ...asked.user, id: toBytes(asked.user.id) };
    options.excludeCredentials = known(asked.excludeCredentials);
    options.authenticatorSelection = {
      ...asked.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone ? { userVerification: "required" } : {}),
    };
    const made = await navigator.credentials.create({ publicKey: options });
    return described(made, {
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async function get(asked) {
    const options = { ...asked, challenge: toBytes(asked.challenge), allowCredentials: known(asked.allowCredentials) };
    const given = await navigator.credentials.get({ publicKey: options });
    const handle = given.response.userHandle;
    return described(given, {
      authenticatorData: toText(given.response.authenticatorData),
      signature: toText(given.response.signature),
      userHandle: handle ? toText(handle) : null,
    });
  }

  function described(credential, response) {
    return {
      type: credential.type,
      id: credential.id,
      rawId: toText(credential.rawId),
      authenticatorAttachment: credential.authenticatorAttachment,
      response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function options(form) {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function answer(form) {
    const asked = await options(form);
    if (form.dataset.passkey === "create") {
      const alone = form.querySelector("input[name=passwordless]");
      return create(asked.creation_options.publicKey, Boolean(alone && alone.checked));
    }
    return get(asked.request_options.publicKey);
  }

  document.querySelectorAll("[data-passkey-needs]").forEach((word) => { word.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const told = form.querySelector("[data-passkey-problem]");
    const button = form.querySelector("button[type=submit]");
    form.hidden = false;
    if (!window.PublicKeyCredential) {
      told.textContent = form.dataset.textUnsupported;
      told.hidden = false;
      button.disabled = true;
      return;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      told.hidden = true;
      button.disabled = true;
      try {
        form.querySelector("input[name=credential]").value = JSON.stringify(await answer(form));
        form.submit();
      } catch (problem) {
        button.disabled = false;
        told.textContent = problem.name === "InvalidStateError" ? form.dataset.textKnown : form.dataset.textFailed;
        told.hidden = false;
      }
    });
  });
})();

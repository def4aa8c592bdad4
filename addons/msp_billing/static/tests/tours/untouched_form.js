import { registry } from "@web/core/registry";

/** What Chromium does when another tab is chosen. */
function hide() {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    delete document.visibilityState;
}

const NAME = ".o_form_view .o_field_widget[name=name] input";

/** A new record that nobody typed into is not left behind, one that somebody began is; what is there, the test counts. */
registry.category("web_tour.tours").add("msp_untouched_form", {
    steps: () => [
        { content: "Somebody looks at a new one and chooses another tab", trigger: NAME, run: hide },
        {
            content: "Nothing was saved; the page is reloaded",
            trigger: NAME,
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        {
            content: "Somebody types and chooses another tab",
            trigger: NAME,
            async run({ edit }) {
                await edit("Typed by hand");
                hide();
            },
        },
        { content: "It is saved", trigger: ".o_form_view .o_form_saved" },
    ],
});

/**
 * A tour step that has the test keep a picture (see tests/common_tour.py) and waits until it is taken.
 * Run outside of such a test it goes on after a moment.
 */
export function screenshot(name, trigger = ".o_action_manager") {
    return {
        content: `Screenshot ${name}`,
        trigger,
        run: () =>
            new Promise((resolve) => {
                // Animations end, then the picture is asked for by the console, which the test listens to.
                setTimeout(() => console.log(`msp-screenshot: ${name}`), 250);
                const giveUp = setTimeout(resolve, 5000);
                const look = setInterval(() => {
                    if (window.mspScreenshot === name) {
                        clearInterval(look);
                        clearTimeout(giveUp);
                        resolve();
                    }
                }, 50);
            }),
    };
}

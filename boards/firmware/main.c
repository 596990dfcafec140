/* The core on a board: reads recordings of 16 kHz mono 16-bit WAV from the host,
 * processes them in pieces as DMA would deliver them, and prints one JSON document.
 *
 *     arguments: <samples per piece> <recording.wav>...
 *
 * Exit status: 0, 1 if a recording could not be processed, 2 for wrong arguments. */
#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "harness.h"
#include "host.h"
#include "json.h"

#define LINE_LENGTH 16384 /* bytes of arguments at most */

/* Print the object of one recording. Returns false if it could not be processed. */
static bool report(const char *path, uint32_t piece_length) {
    struct wav recording;
    host_print("{\"path\": \"");
    host_print(path);
    host_print("\"");
    const char *error = wav_open(&recording, path);
    if (error == NULL) {
        error = harness_run(&recording, piece_length);
        wav_close(&recording);
    }
    if (error)
        json_text("error", error);
    host_print("}");
    return error == NULL;
}

/* The next word of a line, which is cut up at its spaces; NULL after the last. */
static char *next_word(char **line) {
    char *const word = *line;
    char *const space = strchr(word, ' ');
    if (*word == 0)
        return NULL;
    *line = space ? space + 1 : word + strlen(word);
    if (space)
        *space = 0;
    return word;
}

static uint32_t parse_number(const char *digits) {
    uint32_t number = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        number = 10 * number + (uint32_t)(*digits - '0');
    return number;
}

int main(void) {
    static char arguments[LINE_LENGTH];
    char *rest = arguments;
    bool all_processed = true;
    if (host_arguments(arguments, sizeof arguments) != 0)
        host_exit(2);
    const char *const first = next_word(&rest);
    const uint32_t piece_length = first ? parse_number(first) : 0;
    if (piece_length == 0 || piece_length > PIECE_LENGTH)
        host_exit(2);

    counter_start();
    host_print("{\"piece_length\": ");
    json_number(piece_length);
    harness_describe();
    host_print(", \"recordings\": [");
    const char *path = next_word(&rest);
    while (path) {
        all_processed &= report(path, piece_length);
        path = next_word(&rest);
        host_print(path ? ",\n" : "");
    }
    host_print("]}\n");
    host_exit(all_processed ? 0 : 1);
}

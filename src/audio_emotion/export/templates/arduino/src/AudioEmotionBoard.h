// What the examples share: begin to print, say what is wrong, and show the level with each answer.
#ifndef AUDIO_EMOTION_BOARD_H
#define AUDIO_EMOTION_BOARD_H

#include <Arduino.h>

#include "AudioEmotion.h"
#include "audio_emotion/microphone.h"
// A sketch that defines AE_SELF_TEST before its includes compares with Python when it starts.
#ifdef AE_SELF_TEST
#include "audio_emotion/self_test.h"
#endif

// Seconds between lines while nobody speaks. A sketch that defines AE_STATS before its includes prints
// every second, and how busy the processor is.
#ifdef AE_STATS
#include "audio_emotion/stats.h"
#define AE_LEVEL_INTERVAL_S 1
#else
#define AE_LEVEL_INTERVAL_S 10
#endif

inline void audioEmotionBlink(int times) {
#ifdef LED_BUILTIN
    pinMode(LED_BUILTIN, OUTPUT);
    for (int i = 0; i < 2 * times; i++) {
        digitalWrite(LED_BUILTIN, i % 2 == 0 ? HIGH : LOW);
        delay(150);
    }
#else
    delay(300 * times);
#endif
}

// Open the serial port. What is printed before somebody reads a USB port is lost: wait for 3 s.
inline void audioEmotionBeginSerial() {
#ifdef AE_RECORD
    Serial.begin(921600);
#else
    Serial.begin(115200);
#endif
    for (int i = 0; i < 30 && !Serial; i++)
        delay(100);
}

// Say what is wrong again and again, with a number of blinks; never return.
inline void audioEmotionStop(int blinks, const char *what) {
    for (;;) {
        Serial.println(what);
        audioEmotionBlink(blinks);
        delay(1500);
    }
}

// Say that samples were lost.
inline void audioEmotionLost(uint32_t n) {
    if (!Serial)
        return;
    Serial.print("too slow: samples were lost: ");
    Serial.println(n);
}

// Print a result, the level since the line before, and what to do about it.
inline void audioEmotionPrint(const char *result, struct ae_microphone *microphone) {
    if (Serial) {  // else a full buffer might be waited for
        Serial.print(result);
        Serial.print(" (");
        Serial.print(ae_microphone_dbfs(microphone));
        Serial.print(" dBFS) ");
        Serial.println(ae_microphone_advice[ae_microphone_fault(microphone)]);
    }
    ae_microphone_restart(microphone);
}

inline uint32_t audioEmotionMicros() {
    return micros();
}

// With AE_SELF_TEST: recognize a recording, compare, and do not return if something differs.
template <class Listener> inline void audioEmotionSelfTest(Listener *listener) {
#ifdef AE_SELF_TEST
    uint32_t answerUs;
    const char *wrong = ae_self_test(listener, audioEmotionMicros, &answerUs);
    if (wrong != NULL)
        audioEmotionStop(3, wrong);
    Serial.print("self-test passed, ");
    Serial.print(answerUs / 1000);
    Serial.print(".");
    Serial.print(answerUs / 100 % 10);
    Serial.println(" ms an answer");
#else
    (void)listener;
#endif
}

// With AE_RECORD: print the samples for `audio-emotion board monitor --record`: 65 KB a second.
inline void audioEmotionRecord(const int16_t *pcm, size_t n) {
#ifdef AE_RECORD
    static const char digits[] = "0123456789abcdef";
    static uint32_t start;
    char line[4 * AE_HOP_LENGTH + 1], *end = line;
    for (size_t i = 0; i < n && i < AE_HOP_LENGTH; i++)
        for (int shift = 12; shift >= 0; shift -= 4)
            *end++ = digits[(uint16_t)pcm[i] >> shift & 15];
    *end = 0;
    if (Serial && n > 0) {
        Serial.print("pcm ");
        Serial.print(start);
        Serial.print(" ");
        Serial.println(line);
    }
    start += n;
#else
    (void)pcm;
    (void)n;
#endif
}

// Take samples that the microphone has converted. Prints the emotion of an utterance that has ended,
// and the level from time to time. Returns true if there is an answer.
template <class Listener>
inline bool audioEmotionTake(Listener *listener, struct ae_microphone *microphone,
                             const int16_t *pcm, size_t n, struct AudioEmotionAnswer *answer) {
#ifdef AE_STATS
    static struct ae_stats stats;
    char line[AE_STATS_LINE];
    ae_stats_begin(&stats, audioEmotionMicros());
    const bool answered = audioEmotionListen(listener, pcm, n, answer);
    if (ae_stats_end(&stats, audioEmotionMicros(), n) && ae_stats_line(&stats, line) && Serial)
        Serial.println(line);
#else
    const bool answered = audioEmotionListen(listener, pcm, n, answer);
#endif
    audioEmotionRecord(pcm, n);
    if (answered)
        audioEmotionPrint(answer->name, microphone);
    else if (microphone->n_samples >= AE_LEVEL_INTERVAL_S * AE_SAMPLE_RATE)
        audioEmotionPrint("listening", microphone);
    return answered;
}

#endif

// Emotions from an I2S microphone (INMP441, ICS-43434, SPH0645) on a Raspberry Pi @BOARD@.
//
// Needs the board package "Raspberry Pi Pico/RP2040/RP2350" by Earle Philhower. Its I2S
// library fills DMA buffers while this sketch processes others.
//
//     microphone  SCK -> GP20   WS -> GP21   SD -> GP22   L/R -> GND   VDD -> 3V3
#include <AudioEmotion.h>
#include <AudioEmotionBoard.h>
#include <I2S.h>

#define AE_GAIN  24  // dB: raise it if the level is "too quiet"; 40 for an SPH0645
#define AE_SHIFT 0   // bits that the words come late: 1 for an SPH0645

static I2S input(INPUT);
static @LISTENER@ listener;
static struct ae_microphone microphone;

void setup() {
    audioEmotionBeginSerial();
    pinMode(LED_BUILTIN, OUTPUT);
    audioEmotionSelfTest(&listener);
@SKETCH_BEGIN@
    ae_microphone_reset(&microphone, AE_GAIN, AE_SHIFT);
    input.setBCLK(20);  // WS is the next pin
    input.setDATA(22);
    input.setBitsPerSample(32);
    input.setBuffers(16, 2 * AE_HOP_LENGTH);  // of 10 ms of both channels
    if (!input.begin(AE_SAMPLE_RATE))
        audioEmotionStop(1, "I2S does not start");
}

@SKETCH_LOOP@
    static int32_t words[2 * AE_HOP_LENGTH];  // left, right, left ...
    static int16_t pcm[AE_HOP_LENGTH];
    static uint32_t lastSamples;
    struct AudioEmotionAnswer answer;
    if (input.available() < (int)sizeof words) {
        if (millis() - lastSamples > 1000) {
            if (Serial)
                Serial.println("I2S gives no samples");
            lastSamples = millis();
        }
        return;
    }
    lastSamples = millis();
    for (int i = 0; i < AE_HOP_LENGTH; i++)
        input.read32(&words[2 * i], &words[2 * i + 1]);
    if (input.getOverUnderflow() && Serial)
        Serial.println("too slow: samples were lost");
    ae_microphone_convert(&microphone, words, 2, AE_HOP_LENGTH, pcm);
    if (audioEmotionTake(&listener, &microphone, pcm, AE_HOP_LENGTH, &answer))
        digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
}

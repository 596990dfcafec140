// Emotions from an I2S microphone (INMP441, SPH0645, ICS-43434) on a Raspberry Pi Pico.
//
// Needs the board package "Raspberry Pi Pico/RP2040/RP2350" by Earle Philhower. Its I2S
// library fills one DMA buffer while this sketch processes the other.
//
//     microphone  SCK -> GP20   WS -> GP21   SD -> GP22   L/R -> GND   VDD -> 3V3
#include <AudioEmotion.h>
#include <I2S.h>

static I2S microphone(INPUT);
static @LISTENER@ listener;

void setup() {
    Serial.begin(115200);
    pinMode(LED_BUILTIN, OUTPUT);
@SKETCH_BEGIN@
    microphone.setBCLK(20);  // WS is the next pin
    microphone.setDATA(22);
    microphone.setBitsPerSample(32);
    microphone.setBuffers(8, 160);  // of 160 words: 5 ms of both channels
    if (!microphone.begin(AE_SAMPLE_RATE))
        Serial.println("I2S does not start");
}

@SKETCH_LOOP@
    static int16_t pcm[160];
    struct AudioEmotionAnswer answer;
    for (int i = 0; i < 160; i++) {
        int32_t left, right;
        microphone.read32(&left, &right);  // waits for the DMA
        pcm[i] = (int16_t)(left >> 16);
    }
    if (audioEmotionListen(&listener, pcm, 160, &answer)) {
        Serial.println(answer.name);
        digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
    }
}

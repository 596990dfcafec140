// Emotions from the microphone on the Arduino @BOARD@, which has a PDM microphone.
//
// Needs the board package "Arduino Mbed OS Nano Boards". Its PDM library fills one DMA buffer
// while this sketch processes the other.
#include <AudioEmotion.h>
#include <PDM.h>

static @LISTENER@ listener;
static int16_t ring[16][160];  // 10 ms each, so that a slow answer loses nothing
static volatile uint32_t n_written, n_read;

static void onSamples() {  // called from an interrupt
    while (PDM.available() >= (int)sizeof ring[0]) {
        PDM.read(ring[n_written % 16], sizeof ring[0]);
        n_written++;
    }
}

void setup() {
    Serial.begin(115200);
    pinMode(LED_BUILTIN, OUTPUT);
@SKETCH_BEGIN@
    PDM.onReceive(onSamples);
    PDM.setBufferSize(512);
    if (!PDM.begin(1, AE_SAMPLE_RATE))
        Serial.println("the microphone does not start");
}

@SKETCH_LOOP@
    struct AudioEmotionAnswer answer;
    if (n_written == n_read)
        return;
    if (n_written - n_read > 15) {  // the ring has been overwritten
        n_read = n_written;
        Serial.println("too slow: samples were lost");
    }
    if (audioEmotionListen(&listener, ring[n_read++ % 16], 160, &answer)) {
        Serial.println(answer.name);
        digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
    }
}

// Emotions from the microphone on the @BOARD@, which has a PDM microphone.
//
// Needs the board package "@PACKAGE@".
#include <AudioEmotion.h>
#include <AudioEmotionBoard.h>
#include <PDM.h>

#define AE_GAIN 12  // dB, beside the driver's: raise it if the level is "too quiet"

static @LISTENER@ listener;
static struct ae_microphone microphone;

// 256 ms, so that a slow answer loses nothing. Counts of samples since the start.
#define N_RING 4096
static int16_t ring[N_RING];
static volatile uint32_t nWritten, nRead, nLost;

// Called from an interrupt, whenever the driver's buffer is full. It reads all of it: a driver that
// finds something left at the next interrupt stops for good.
static void onSamples() {
    static int16_t piece[256];
    const int n = PDM.read(piece, sizeof piece) / (int)sizeof piece[0];
    uint32_t end = nWritten;
    const uint32_t room = N_RING - (end - nRead);
    for (int i = 0; i < n && (uint32_t)i < room; i++)
        ring[end++ % N_RING] = piece[i];
    if ((uint32_t)n > room)
        nLost = nLost + ((uint32_t)n - room);
    nWritten = end;
}

static bool startMicrophone() {
    PDM.onReceive(onSamples);
    PDM.setBufferSize(512);
    if (!PDM.begin(1, AE_SAMPLE_RATE))
        return false;
@SET_GAIN@
    return true;
}

void setup() {
    audioEmotionBeginSerial();
    pinMode(LED_BUILTIN, OUTPUT);
    audioEmotionSelfTest(&listener);
@SKETCH_BEGIN@
    ae_microphone_reset(&microphone, AE_GAIN, 0);
    if (!startMicrophone())
        audioEmotionStop(1, "the microphone does not start");
}

// Tell of lost samples, and start a microphone again that gives none: whatever stopped it.
static void supervise(bool silent) {
    static uint32_t nTold, lastSamples;
    if (nLost != nTold) {
        audioEmotionLost(nLost - nTold);
        nTold = nLost;
    }
    if (!silent) {
        lastSamples = millis();
    } else if (millis() - lastSamples > 1000) {
        if (Serial)
            Serial.println("the microphone stopped: it is started again");
        PDM.end();
        startMicrophone();
        lastSamples = millis();
    }
}

@SKETCH_LOOP@
    struct AudioEmotionAnswer answer;
    int16_t *pcm = &ring[nRead % N_RING];
    uint32_t n = nWritten - nRead;
    if (n > AE_HOP_LENGTH)
        n = AE_HOP_LENGTH;
    if (n > N_RING - nRead % N_RING)
        n = N_RING - nRead % N_RING;
    supervise(n == 0);
    ae_microphone_amplify(&microphone, pcm, n);
    if (audioEmotionTake(&listener, &microphone, pcm, n, &answer))
        digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
    nRead = nRead + n;
}

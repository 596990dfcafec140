static struct ae_net net;

/* Returns false if the network is damaged. */
static bool begin(@LISTENER@ *listener) {
    return ae_net_open(&net, @SYMBOL@, sizeof @SYMBOL@) == AE_OK &&
           ae_net_stream_reset(listener, &net, &ae_endpointer_defaults) == AE_OK;
}

/* It gets used to the speaker; for another one call ae_adapt_reset(&listener->speaker). */
static void recognize(@LISTENER@ *listener, const int16_t *pcm, size_t n) {
    const float *probabilities = listener->utterance.result.probabilities;
    for (size_t used; n > 0; pcm += used, n -= used) {
        const int event = ae_net_stream_process(listener, &net, pcm, n, &used);
        if (event == AE_NO_SPEECH)
            show("no speech");
        else if (event == AE_UTTERANCE_ENDED)
            show(ae_net_is_confident(&net, probabilities)
                     ? ae_emotion_names[ae_likeliest(probabilities)]
                     : "not confident");
    }
}

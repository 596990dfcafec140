static void recognize(struct ae_listener *listener, const int16_t *pcm, size_t n) {
    static struct ae_classifier_work work;
    float probabilities[AE_N_EMOTIONS], speech;
    for (size_t used; n > 0; pcm += used, n -= used)
        if (ae_listener_process(listener, pcm, n, &used) == AE_UTTERANCE_ENDED &&
            ae_classify(&@SYMBOL@, &listener->utterance.result, &work, probabilities,
                        &speech) == AE_OK)
            show(!ae_model_is_speech(&@SYMBOL@, speech) ? "no speech"
                 : ae_model_is_confident(&@SYMBOL@, probabilities)
                     ? ae_emotion_names[ae_likeliest(probabilities)]
                     : "not confident");
}

ae_emotion_names[ae_likeliest(probabilities)]
